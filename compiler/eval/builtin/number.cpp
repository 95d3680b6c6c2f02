#include <charconv>
#include <cmath>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/interpreter.h"

namespace opsc::eval::builtin {
namespace {

Value Whole(Call& call, double number) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (number >= -kLimit && number < kLimit) return Value::Int(static_cast<int64_t>(number));
  return call.in.Fail(Diag::kOverflow, call.span, {FormatFloat(call.args[0].AsFloat())});
}

// The whole text as a number; null: it is none.
template <typename Number>
std::optional<Number> Parsed(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = end.ec == std::errc() && end.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

Value Abs(Call& call) {
  const Value& x = call.args[0];
  bool real = x.is(ValueKind::kFloat) || x.is(ValueKind::kRatio);
  bool negative = real ? std::signbit(x.AsFloat()) : x.AsInt() < 0;
  if (!negative) return x;
  Outcome result = ApplyUnary(UnaryOp::kNegate, x);
  return result ? *std::move(result) : call.in.Fail(result.error(), call.span);
}

Value Floor(Call& call) {
  return Whole(call, std::floor(call.args[0].AsFloat()));
}
Value Ceil(Call& call) {
  return Whole(call, std::ceil(call.args[0].AsFloat()));
}
Value Round(Call& call) {
  return Whole(call, std::round(call.args[0].AsFloat()));
}
Value ToFloat(Call& call) {
  return Value::Float(static_cast<double>(call.args[0].AsInt()));
}

Value ParseIntText(Call& call) {
  auto number = Parsed<int64_t>(call.args[0].AsString());
  return number ? Value::Int(*number) : Value::Null();
}

Value ParseFloatText(Call& call) {
  auto number = Parsed<double>(call.args[0].AsString());
  return number && std::isfinite(*number) ? Value::Float(*number) : Value::Null();
}

Value Seconds(Call& call) {
  return Value::Float(static_cast<double>(call.args[0].AsInt()) / 1e9);
}
Value BytesOf(Call& call) {
  return Value::Int(call.args[0].AsInt());
}

}  // namespace opsc::eval::builtin
