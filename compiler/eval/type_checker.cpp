#include "compiler/eval/type_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/operators.h"

namespace opsc::eval {
namespace {

int64_t CodePoints(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

// What bounds are about: the number itself, or the length of a text.
Value Measure(const Value& value) {
  return value.is(ValueKind::kString) ? Value::Int(CodePoints(value.AsString())) : value;
}

bool InBounds(const TypeChecker& refined, const Value& value) {
  if (value.is(ValueKind::kInt) && (!refined.low || refined.low->is(ValueKind::kInt)) &&
      (!refined.high || refined.high->is(ValueKind::kInt))) {
    return (!refined.low || refined.low->AsInt() <= value.AsInt()) &&
           (!refined.high || value.AsInt() <= refined.high->AsInt());
  }
  auto at_most = [](const Value& a, const Value& b) {
    bool mixed = a.is(ValueKind::kInt) != b.is(ValueKind::kInt);
    auto real = [](const Value& v) {
      return v.is(ValueKind::kInt) ? Value::Float(static_cast<double>(v.AsInt())) : v;
    };
    auto order = mixed ? Compare(real(a), real(b)) : Compare(a, b);
    return order.has_value() && *order <= 0;
  };
  return (!refined.low || at_most(*refined.low, value)) &&
         (!refined.high || at_most(value, *refined.high));
}

bool Matches(const TypeChecker& refined, const Value& value) {
  if (!refined.pattern || !value.is(ValueKind::kString)) return true;
  std::string_view text = value.AsString();
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *refined.pattern);
}

std::string BoundsText(const TypeChecker& refined) {
  return fmt::format("{}..{}", refined.low ? ToText(*refined.low) : "",
                     refined.high ? ToText(*refined.high) : "");
}

}  // namespace

bool KeepsTo(const TypeChecker& refined, const Value& value) {
  bool bounded = refined.low || refined.high;
  if (bounded && !InBounds(refined, Measure(value))) return false;
  return Matches(refined, value);
}

std::string RuleBroken(const TypeChecker& refined, const Value& value) {
  bool bounded = refined.low || refined.high;
  Value measure = bounded ? Measure(value) : Value();
  if (bounded && !InBounds(refined, measure)) {
    if (!value.is(ValueKind::kString)) {
      return fmt::format("{} is not in {}", ToText(value), BoundsText(refined));
    }
    return fmt::format("{} has {} characters, {} are allowed", ToText(value), measure.AsInt(),
                       BoundsText(refined));
  }
  if (!Matches(refined, value)) {
    return fmt::format("{} does not match /{}/", ToText(value), refined.pattern->pattern());
  }
  return "";
}

}  // namespace opsc::eval
