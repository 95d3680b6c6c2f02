// The table of builtin functions: one row and one C++ function for each `extern fn`.
#pragma once

#include <optional>
#include <span>

#include "compiler/model/model.h"

namespace opsc::eval {

class Interpreter;

// The ints first, first + 1, …
struct IntRange {
  int64_t first = 0;
  uint64_t count = 0;
};

// One call of a builtin. A function fails by `in.Fail(…)` and returns anything.
struct Call {
  Interpreter& in;
  std::span<Value> args;
  Span span;
  TypeId type;                         // of the result, where the checker knows it
  std::optional<IntRange> range = {};  // in place of args[0]: a list that was not made
};

// How far a builtin looks into its arguments: a pending (or secret) value there makes its result
// pending (or secret).
enum class Looks : uint8_t {
  kAtArguments,  // at the arguments themselves; their elements stay as they are
  kInside,       // at all that is in them
  kAtMarks,      // at the marks: it deals with pending and secret values itself
};

// Whether a builtin can go over ints without a list of them: see Call::range.
enum class Takes : uint8_t { kArguments, kRange };

struct BuiltinRow {
  std::string_view name;
  Value (*function)(Call& call);
  uint8_t arity;
  Looks looks;
  Takes takes = Takes::kArguments;
};

std::span<const BuiltinRow> BuiltinTable();
const BuiltinRow& RowOf(BuiltinId id);

}  // namespace opsc::eval
