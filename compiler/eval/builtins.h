// The table of builtin functions: one row and one C++ function for each `extern fn`.
#pragma once

#include <span>

#include "compiler/model/model.h"

namespace opsc::eval {

class Interpreter;

// One call of a builtin. A function fails by `in.Fail(…)` and returns anything.
struct Call {
  Interpreter& in;
  std::span<Value> args;
  Span span;
  TypeId type;  // of the result, where the checker knows it
};

// How far a builtin looks into its arguments: a pending (or secret) value there makes its result
// pending (or secret).
enum class Looks : uint8_t {
  kAtArguments,  // at the arguments themselves; their elements stay as they are
  kInside,       // at all that is in them
  kAtMarks,      // at the marks: it deals with pending and secret values itself
};

struct BuiltinRow {
  std::string_view name;
  Value (*function)(Call& call);
  uint8_t arity;
  Looks looks;
};

std::span<const BuiltinRow> BuiltinTable();
const BuiltinRow& RowOf(BuiltinId id);

}  // namespace opsc::eval
