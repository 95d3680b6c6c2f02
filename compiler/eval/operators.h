// The operators of the language on plain values: no names, no frames, no laziness.
#pragma once

#include <compare>
#include <expected>
#include <string>

#include "compiler/diag/diagnostics.h"
#include "compiler/model/model.h"

namespace opsc::eval {

// Why an operation has no result; becomes a diagnostic where it stands.
struct Problem {
  Diag id;
  std::string detail;
};
using Outcome = std::expected<Value, Problem>;

// What becomes of a float result that is not finite, and of a division by 0.0.
enum class Floats : uint8_t {
  kFinite,  // an error: configuration has none
  kIeee,    // IEEE 754, as in functions over rows
};

// Neither operand is pending. `and`, `or` and `??` are the evaluator's: they are lazy.
Outcome ApplyBinary(BinaryOp op, const Value& left, const Value& right,
                    Floats floats = Floats::kFinite);
Outcome ApplyUnary(UnaryOp op, const Value& operand);

// The order of two numbers, strings, durations, sizes, times or booleans; a problem for others.
std::expected<std::weak_ordering, Problem> Compare(const Value& left, const Value& right);

Outcome AddValues(const Value& left, const Value& right, Floats floats = Floats::kFinite);

// Does `element` stand in the list, the keys of the record, or the text?
std::expected<bool, Problem> Contains(const Value& container, const Value& element);

// "int", "record"… for messages.
std::string_view KindName(const Value& value);
std::string_view OperatorText(BinaryOp op);

}  // namespace opsc::eval
