#include "compiler/eval/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace opsc::eval {
namespace {

using Kind = ValueKind;

bool IsReal(const Value& value) {
  return value.is(Kind::kFloat) || value.is(Kind::kRatio);
}
bool IsNumber(const Value& value) {
  return IsReal(value) || value.is(Kind::kInt);
}
bool IsAmount(const Value& value) {
  return value.is(Kind::kDuration) || value.is(Kind::kSize);
}

double Number(const Value& value) {
  return value.is(Kind::kInt) ? static_cast<double>(value.AsInt()) : value.AsFloat();
}

Value OfKind(Kind kind, int64_t integer) {
  switch (kind) {
    case Kind::kDuration:
      return Value::Duration(integer);
    case Kind::kSize:
      return Value::Size(integer);
    case Kind::kTime:
      return Value::Time(integer);
    default:
      return Value::Int(integer);
  }
}

std::unexpected<Problem> Wrong(BinaryOp op, const Value& a, const Value& b) {
  return std::unexpected(
      Problem{Diag::kNoSuchOperation, fmt::format("`{}` has no meaning for {} and {}",
                                                  OperatorText(op), KindName(a), KindName(b))});
}

std::unexpected<Problem> Overflow(BinaryOp op, const Value& a, const Value& b) {
  return std::unexpected(
      Problem{Diag::kOverflow, fmt::format("{} {} {}", ToText(a), OperatorText(op), ToText(b))});
}

std::unexpected<Problem> ByZero(BinaryOp op, const Value& a, const Value& b) {
  return std::unexpected(Problem{Diag::kDivisionByZero,
                                 fmt::format("{} {} {}", ToText(a), OperatorText(op), ToText(b))});
}

// int64 arithmetic of `op`; the result takes `kind`.
Outcome Integers(BinaryOp op, const Value& a, const Value& b, Kind kind) {
  int64_t left = a.AsInt();
  int64_t right = b.AsInt();
  int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case BinaryOp::kAdd:
      overflow = __builtin_add_overflow(left, right, &result);
      break;
    case BinaryOp::kSub:
      overflow = __builtin_sub_overflow(left, right, &result);
      break;
    case BinaryOp::kMul:
      overflow = __builtin_mul_overflow(left, right, &result);
      break;
    default:
      if (right == 0) return ByZero(op, a, b);
      overflow = left == INT64_MIN && right == -1;
      if (!overflow) result = op == BinaryOp::kDiv ? left / right : left % right;
  }
  if (overflow) return Overflow(op, a, b);
  return OfKind(kind, result);
}

Outcome Reals(BinaryOp op, const Value& a, const Value& b, Kind kind, Floats floats) {
  double left = Number(a);
  double right = Number(b);
  double result = 0;
  switch (op) {
    case BinaryOp::kAdd:
      result = left + right;
      break;
    case BinaryOp::kSub:
      result = left - right;
      break;
    case BinaryOp::kMul:
      result = left * right;
      break;
    default:
      if (right == 0 && floats == Floats::kFinite) return ByZero(op, a, b);
      result = op == BinaryOp::kDiv ? left / right : std::fmod(left, right);
  }
  if (floats == Floats::kFinite && !std::isfinite(result)) return Overflow(op, a, b);
  return kind == Kind::kRatio ? Value::Ratio(result) : Value::Float(result);
}

// A duration or size, scaled by a number.
Outcome Scale(BinaryOp op, const Value& amount, const Value& by) {
  if (by.is(Kind::kInt)) return Integers(op, amount, by, amount.kind());
  if (op == BinaryOp::kDiv && by.AsFloat() == 0) return ByZero(op, amount, by);
  double factor = op == BinaryOp::kDiv ? 1 / by.AsFloat() : by.AsFloat();
  double result = std::round(static_cast<double>(amount.AsInt()) * factor);
  if (!(std::abs(result) < 9.2e18)) return Overflow(op, amount, by);
  return OfKind(amount.kind(), static_cast<int64_t>(result));
}

Value Joined(std::span<const Value> left, std::span<const Value> right) {
  std::vector<Value> items;
  items.reserve(left.size() + right.size());
  items.insert(items.end(), left.begin(), left.end());
  items.insert(items.end(), right.begin(), right.end());
  return Value::List(std::move(items));
}

Outcome Subtract(const Value& a, const Value& b, Floats floats) {
  constexpr auto kOp = BinaryOp::kSub;
  if (a.is(Kind::kTime) && b.is(Kind::kTime)) return Integers(kOp, a, b, Kind::kDuration);
  if (a.is(Kind::kTime) && b.is(Kind::kDuration)) return Integers(kOp, a, b, Kind::kTime);
  if (a.kind() == b.kind() && (a.is(Kind::kInt) || IsAmount(a))) {
    return Integers(kOp, a, b, a.kind());
  }
  if (IsReal(a) && IsReal(b))
    return Reals(kOp, a, b, a.kind() == b.kind() ? a.kind() : Kind::kFloat, floats);
  return Wrong(kOp, a, b);
}

Outcome Multiply(const Value& a, const Value& b, Floats floats) {
  constexpr auto kOp = BinaryOp::kMul;
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) return Integers(kOp, a, b, Kind::kInt);
  if (IsAmount(a) && IsNumber(b)) return Scale(kOp, a, b);
  if (IsNumber(a) && IsAmount(b)) return Scale(kOp, b, a);
  if (IsNumber(a) && IsNumber(b)) {
    bool ratio = a.is(Kind::kRatio) && b.is(Kind::kRatio);
    return Reals(kOp, a, b, ratio ? Kind::kRatio : Kind::kFloat, floats);
  }
  return Wrong(kOp, a, b);
}

Outcome Divide(BinaryOp op, const Value& a, const Value& b, Floats floats) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) return Integers(op, a, b, Kind::kInt);
  if (IsAmount(a) && a.kind() == b.kind()) {
    if (op == BinaryOp::kMod) return Integers(op, a, b, a.kind());
    return Reals(op, Value::Float(static_cast<double>(a.AsInt())),
                 Value::Float(static_cast<double>(b.AsInt())), Kind::kFloat, floats);
  }
  if (IsAmount(a) && IsNumber(b) && op == BinaryOp::kDiv) return Scale(op, a, b);
  if (IsNumber(a) && IsNumber(b)) {
    bool ratio = a.is(Kind::kRatio) && b.is(Kind::kInt);
    return Reals(op, a, b, ratio ? Kind::kRatio : Kind::kFloat, floats);
  }
  return Wrong(op, a, b);
}

// As IEEE 754 has it: what is no number is neither less nor more than anything.
bool OrderReals(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kLt:
      return a < b;
    case BinaryOp::kLe:
      return a <= b;
    case BinaryOp::kGt:
      return a > b;
    default:
      return a >= b;
  }
}

Outcome Order(BinaryOp op, const Value& a, const Value& b) {
  if (IsReal(a) && IsReal(b)) return Value::Bool(OrderReals(op, a.AsFloat(), b.AsFloat()));
  auto order = Compare(a, b);
  if (!order) return std::unexpected(order.error());
  switch (op) {
    case BinaryOp::kLt:
      return Value::Bool(*order < 0);
    case BinaryOp::kLe:
      return Value::Bool(*order <= 0);
    case BinaryOp::kGt:
      return Value::Bool(*order > 0);
    default:
      return Value::Bool(*order >= 0);
  }
}

Value Equal(const Value& a, const Value& b) {
  bool reals = IsReal(a) && IsReal(b);  // 1.0 == 100%
  return Value::Bool(reals ? a.AsFloat() == b.AsFloat() : a == b);
}

Outcome Plain(BinaryOp op, const Value& left, const Value& right, Floats floats) {
  switch (op) {
    case BinaryOp::kAdd:
      return AddValues(left, right, floats);
    case BinaryOp::kSub:
      return Subtract(left, right, floats);
    case BinaryOp::kMul:
      return Multiply(left, right, floats);
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
      return Divide(op, left, right, floats);
    case BinaryOp::kEq:
      return Equal(left, right);
    case BinaryOp::kNe:
      return Value::Bool(!Equal(left, right).AsBool());
    case BinaryOp::kLt:
    case BinaryOp::kLe:
    case BinaryOp::kGt:
    case BinaryOp::kGe:
      return Order(op, left, right);
    case BinaryOp::kIn: {
      auto contains = Contains(right, left);
      if (!contains) return std::unexpected(contains.error());
      return Value::Bool(*contains);
    }
    default:
      return Wrong(op, left, right);
  }
}

}  // namespace

Outcome AddValues(const Value& a, const Value& b, Floats floats) {
  constexpr auto kOp = BinaryOp::kAdd;
  if (a.is(Kind::kString) && b.is(Kind::kString)) {
    std::string text;
    text.reserve(a.AsString().size() + b.AsString().size());
    text.append(a.AsString()).append(b.AsString());
    return Value::String(text);
  }
  if (a.is(Kind::kList) && b.is(Kind::kList)) return Joined(a.AsList(), b.AsList());
  if (a.is(Kind::kTime) && b.is(Kind::kDuration)) return Integers(kOp, a, b, Kind::kTime);
  if (a.is(Kind::kDuration) && b.is(Kind::kTime)) return Integers(kOp, a, b, Kind::kTime);
  if (a.kind() == b.kind() && (a.is(Kind::kInt) || IsAmount(a))) {
    return Integers(kOp, a, b, a.kind());
  }
  if (IsReal(a) && IsReal(b))
    return Reals(kOp, a, b, a.kind() == b.kind() ? a.kind() : Kind::kFloat, floats);
  return Wrong(kOp, a, b);
}

Outcome ApplyBinary(BinaryOp op, const Value& left, const Value& right, Floats floats) {
  Outcome result = Plain(op, left, right, floats);
  if (result && (left.has_secret() || right.has_secret()) && !result->has_secret()) {
    return result->WithSecret();
  }
  return result;
}

Outcome ApplyUnary(UnaryOp op, const Value& operand) {
  auto marked = [&](Value value) { return operand.secret() ? value.WithSecret() : value; };
  if (op == UnaryOp::kNot && operand.is(Kind::kBool)) return marked(Value::Bool(!operand.AsBool()));
  if (operand.is(Kind::kFloat)) return marked(Value::Float(-operand.AsFloat()));
  if (operand.is(Kind::kRatio)) return marked(Value::Ratio(-operand.AsFloat()));
  if (operand.is(Kind::kInt) || IsAmount(operand)) {
    if (operand.AsInt() == INT64_MIN) {
      return std::unexpected(Problem{Diag::kOverflow, "-" + ToText(operand)});
    }
    return marked(OfKind(operand.kind(), -operand.AsInt()));
  }
  return std::unexpected(Problem{
      Diag::kNoSuchOperation, fmt::format("`{}` has no meaning for {}",
                                          op == UnaryOp::kNot ? "not" : "-", KindName(operand))});
}

std::expected<std::weak_ordering, Problem> Compare(const Value& a, const Value& b) {
  if (IsReal(a) && IsReal(b)) {
    if (a.AsFloat() == b.AsFloat()) return std::weak_ordering::equivalent;
    return a.AsFloat() < b.AsFloat() ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  if (a.kind() != b.kind()) return Wrong(BinaryOp::kLt, a, b);
  switch (a.kind()) {
    case Kind::kInt:
    case Kind::kBool:
    case Kind::kDuration:
    case Kind::kSize:
    case Kind::kTime:
      return a.AsInt() <=> b.AsInt();
    case Kind::kString:
      return a.AsString() <=> b.AsString();
    default:
      return Wrong(BinaryOp::kLt, a, b);
  }
}

std::expected<bool, Problem> Contains(const Value& container, const Value& element) {
  if (container.is(Kind::kList)) {
    return std::ranges::any_of(container.AsList(),
                               [&](const Value& item) { return Equal(item, element).AsBool(); });
  }
  if (container.is(Kind::kRecord) && element.is(Kind::kString)) {
    return container.Find(element.AsString()) != nullptr;
  }
  if (container.is(Kind::kString) && element.is(Kind::kString)) {
    return container.AsString().find(element.AsString()) != std::string_view::npos;
  }
  return Wrong(BinaryOp::kIn, element, container);
}

std::string_view KindName(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "a bool";
    case Kind::kInt:
      return "an int";
    case Kind::kFloat:
      return "a float";
    case Kind::kRatio:
      return "a ratio";
    case Kind::kDuration:
      return "a duration";
    case Kind::kSize:
      return "a size";
    case Kind::kTime:
      return "a time";
    case Kind::kString:
      return "a string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kFile:
      return "a file";
    case Kind::kFiles:
      return "files";
    case Kind::kTemplate:
      return "a shell template";
    case Kind::kList:
      return "a list";
    case Kind::kRecord:
      return "a record";
    case Kind::kFunction:
      return "a function";
    case Kind::kInstance:
      return "an instance";
    case Kind::kPending:
      return "a pending value";
  }
  return "a value";
}

std::string_view OperatorText(BinaryOp op) {
  static constexpr std::string_view kTexts[] = {
      "*", "/", "%", "+", "-", "..", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or", "??"};
  return kTexts[static_cast<size_t>(op)];
}

}  // namespace opsc::eval
