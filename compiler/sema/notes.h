// What editors want to know beyond the Model, noted while a program is checked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/model/model.h"

namespace opsc {

enum class UseOf : uint8_t {
  kItem,
  kInstance,
  kFunction,
  kType,
  kModule,
  kLocal,
  kField,
  kArgument
};

// A name where it is used, and where it is declared.
struct NameUse {
  Span span;
  Span target;
  UseOf of = UseOf::kItem;
};

// A place that was asked for by a name that nothing else has: what may stand there.
struct Hole {
  enum class Kind : uint8_t {
    kValue,     // an expression, of type `type` where it is known
    kMember,    // a field of a value of type `type`, or, with `module`, a name of a module
    kField,     // the name of a field among `fields`
    kType,      // a type; with `module`: of that module
    kArgument,  // as kValue, of a function: `fields` are the parameters that may be named
  } kind = Kind::kValue;
  TypeId type = kNone<TypeId>;
  std::optional<uint32_t> module;
  NominalId nominal = kNone<NominalId>;         // kField: whose
  std::vector<RecordField> fields;              // those that are not given yet
  std::vector<RecordField> locals;              // innermost last
  std::vector<RecordField> siblings;            // read by `self.`
  std::vector<std::pair<Symbol, UseOf>> names;  // of scopes around it, below the module
};

// Which of an instance's fields and outs wait for apply, and how much of them.
using Waits = std::vector<std::pair<Symbol, uint8_t>>;

// All that the rest of a program can see of an item: its type, and what it waits for. Equal texts:
// nothing that uses it needs to be checked again.
struct ItemSummary {
  Span span;  // of its declaration
  Symbol name;
  std::string text;
  Waits waits;
};

// Asked for, and answered, by a check with CheckInputs::notes.
struct CheckNotes {
  bool wants_uses = false;
  std::vector<NameUse> uses;
  Symbol hole;  // empty: none
  std::optional<Hole> found;
  // Of an instance that is declared and not checked: as summarised by an earlier check.
  std::function<const Waits*(FileId, Symbol)> known_waits;
  bool wants_summaries = false;
  std::vector<ItemSummary> summaries;
};

}  // namespace opsc
