// A type prepared for checking many values.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <vector>

#include "compiler/model/model.h"

namespace opsc::eval {

// One type, taken apart: what is looked up once a type instead of once a value.
struct TypeChecker {
  enum class Kind : uint8_t {
    kAnything,
    kPrim,
    kLiteral,
    kUnion,
    kRefined,
    kList,
    kMap,
    kOptional,
    kSecret,
    kRecord,
    kInstance,
    kFunction,
  };
  struct FieldChecker {
    Symbol name;
    const TypeChecker* checker = nullptr;
    bool required = true;
    ExprId default_value = kNone<ExprId>;
    uint32_t frame_size = 0;  // of the default
  };

  Kind kind = Kind::kAnything;
  TypeId type = kNone<TypeId>;
  Prim prim = Prim::kAny;
  Value literal;
  std::vector<const TypeChecker*> parts;  // of a union: members; else the type inside
  // kRefined
  std::optional<Value> low;
  std::optional<Value> high;
  std::unique_ptr<RE2> pattern;
  // kRecord; `info` where it is declared
  std::vector<FieldChecker> fields;
  const NominalInfo* info = nullptr;
  Symbol nominal;
};

// Does the value keep to the bounds and the pattern? RuleBroken says why not.
// REQUIRES: the checker is kRefined and the value fits its base.
bool KeepsTo(const TypeChecker& refined, const Value& value);
std::string RuleBroken(const TypeChecker& refined, const Value& value);

}  // namespace opsc::eval
