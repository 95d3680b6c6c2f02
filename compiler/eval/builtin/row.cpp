// Mathematics and parts of times: what a row function computes, for one value.
#include <fmt/format.h>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/interpreter.h"
#include "compiler/kernel/scalar.h"

namespace opsc::eval::builtin {
namespace {

// Outside of rows a number is finite.
Value Real(Call& call, std::string_view name, double result) {
  if (call.in.over_rows() || std::isfinite(result)) return Value::Float(result);
  std::string args;
  for (const Value& arg : call.args) args += (args.empty() ? "" : ", ") + ToText(arg);
  return call.in.Fail(Diag::kOverflow, call.span, {fmt::format("{}({})", name, args)});
}

double X(const Call& call) {
  return call.args[0].AsFloat();
}

}  // namespace

Value Sqrt(Call& call) {
  return Real(call, "sqrt", std::sqrt(X(call)));
}
Value Log(Call& call) {
  return Real(call, "log", kernel::Log(X(call)));
}
Value Log1p(Call& call) {
  return Real(call, "log1p", kernel::Log1p(X(call)));
}
Value Exp(Call& call) {
  return Real(call, "exp", kernel::Exp(X(call)));
}
Value Expm1(Call& call) {
  return Real(call, "expm1", kernel::Expm1(X(call)));
}
Value Sin(Call& call) {
  return Real(call, "sin", kernel::Sin(X(call)));
}
Value Cos(Call& call) {
  return Real(call, "cos", kernel::Cos(X(call)));
}
Value Pow(Call& call) {
  return Real(call, "pow", kernel::Pow(X(call), call.args[1].AsFloat()));
}
Value IsNan(Call& call) {
  return Value::Bool(std::isnan(X(call)));
}
Value IsFinite(Call& call) {
  return Value::Bool(std::isfinite(X(call)));
}

Value Year(Call& call) {
  return Value::Int(kernel::YearOf(call.args[0].AsInt()));
}
Value Month(Call& call) {
  return Value::Int(kernel::MonthOf(call.args[0].AsInt()));
}
Value Day(Call& call) {
  return Value::Int(kernel::DayOf(call.args[0].AsInt()));
}
Value Weekday(Call& call) {
  return Value::Int(kernel::WeekdayOf(call.args[0].AsInt()));
}
Value Hour(Call& call) {
  return Value::Int(kernel::HourOf(call.args[0].AsInt()));
}
Value Minute(Call& call) {
  return Value::Int(kernel::MinuteOf(call.args[0].AsInt()));
}

Value HashBucket(Call& call) {
  auto bucket = kernel::HashBucket(call.args[0].AsString(), call.args[1].AsInt());
  if (bucket) return Value::Int(*bucket);
  return call.in.Fail(Diag::kBadArgument, call.span,
                      {fmt::format("{} buckets", call.args[1].AsInt())});
}

}  // namespace opsc::eval::builtin
