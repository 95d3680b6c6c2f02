#include "runtime/data/field_rule.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/data/cell.h"
#include "runtime/value/value.h"

namespace opsc {
namespace {

constexpr size_t kShownBytes = 40;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Value ValueOf(ColumnType type, int64_t number) {
  switch (type) {
    case ColumnType::kTime:
      return Value::Time(number);
    case ColumnType::kDuration:
      return Value::Duration(number);
    case ColumnType::kSize:
      return Value::Size(number);
    default:
      return Value::Int(number);
  }
}

std::string ShownValue(const Value& value) {
  if (!value.is(ValueKind::kTime)) return ToText(value);
  return FormatTime(Time(std::chrono::nanoseconds(value.AsInt())));
}

std::string OneOfText(const std::vector<Value>& values) {
  constexpr size_t kShown = 8;
  std::string text;
  for (size_t i = 0; i < std::min(values.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + ToText(values[i]);
  }
  if (values.size() > kShown) text += fmt::format(" and {} more", values.size() - kShown);
  return text;
}

}  // namespace

std::string ShownCell(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size() && i < kShownBytes; ++i) {
    auto c = static_cast<uint8_t>(text[i]);
    out += c < 0x20 || c == 0x7F ? '?' : text[i];
  }
  if (text.size() > kShownBytes) {
    // Not in the middle of a character.
    while (!out.empty() && (static_cast<uint8_t>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<uint8_t>(out.back()) >= 0xC0) out.pop_back();
    out += "…";
  }
  return out;
}

std::string QuotedCell(std::string_view text) {
  return fmt::format("`{}`", ShownCell(text));
}

FieldRule::FieldRule(const RowField& field, NotFinite not_finite, int64_t now_ns)
    : field_(field), not_finite_(not_finite), now_ns_(0) {
  bool is_text = field.type == ColumnType::kString;
  bool is_float = IsFloat(field.type);
  auto bound = [&](const std::optional<Value>& value, int64_t otherwise) {
    return value && !is_float ? value->AsInt() : otherwise;
  };
  low_int_ = bound(field.low, is_text ? 0 : std::numeric_limits<int64_t>::min());
  high_int_ = bound(field.high, std::numeric_limits<int64_t>::max());
  bool keep = not_finite == NotFinite::kKeep;
  double most = keep ? kInfinity : std::numeric_limits<double>::max();
  low_float_ = field.low && is_float ? field.low->AsFloat() : -most;
  high_float_ = field.high && is_float ? field.high->AsFloat() : most;
  if (field.roles.event_time || field.roles.known_at) {
    now_ns_ = now_ns;
    if (now_ns > 0) high_int_ = std::min(high_int_, now_ns);
  }
  for (const Value& value : field.one_of) {
    if (is_text) {
      texts_.emplace_back(value.AsString());
    } else if (is_float) {
      floats_.push_back(value.AsFloat());
    } else {
      ints_.push_back(value.AsInt());
    }
  }
  std::ranges::sort(texts_);
  if (!field.pattern.empty()) pattern_ = std::make_unique<re2::RE2>(field.pattern, re2::RE2::Quiet);
}

FieldRule::~FieldRule() = default;
FieldRule::FieldRule(FieldRule&&) noexcept = default;

CellError FieldRule::Error(RejectKind kind, std::string message) const {
  return {kind, field_.name, std::move(message)};
}

std::string FieldRule::Shown(int64_t value) const {
  return ShownValue(ValueOf(field_.type, value));
}

std::optional<CellError> FieldRule::ExplainInt(int64_t value) const {
  if (now_ns_ > 0 && value > now_ns_) {
    return Error(RejectKind::kFuture, fmt::format("{} is in the future", Shown(value)));
  }
  if (value < low_int_) {
    return Error(RejectKind::kRange,
                 fmt::format("{} is below {}", Shown(value), ShownValue(*field_.low)));
  }
  if (value > high_int_) {
    return Error(RejectKind::kRange,
                 fmt::format("{} is above {}", Shown(value), ShownValue(*field_.high)));
  }
  if (ints_.empty() || std::ranges::find(ints_, value) != ints_.end()) return std::nullopt;
  return Error(RejectKind::kOneOf,
               fmt::format("{} is none of {}", Shown(value), OneOfText(field_.one_of)));
}

std::optional<CellError> FieldRule::ExplainFloat(double value) const {
  if (!std::isfinite(value)) {
    if (not_finite_ == NotFinite::kKeep) return std::nullopt;
    return Error(RejectKind::kNotFinite, fmt::format("{} is no finite number", value));
  }
  if (value < low_float_) {
    return Error(RejectKind::kRange, fmt::format("{} is below {}", value, ToText(*field_.low)));
  }
  if (value > high_float_) {
    return Error(RejectKind::kRange, fmt::format("{} is above {}", value, ToText(*field_.high)));
  }
  if (floats_.empty() || std::ranges::find(floats_, value) != floats_.end()) return std::nullopt;
  return Error(RejectKind::kOneOf,
               fmt::format("{} is none of {}", value, OneOfText(field_.one_of)));
}

bool FieldRule::HasTextRule() const {
  return !texts_.empty() || pattern_ != nullptr || field_.low || field_.high;
}

std::optional<CellError> FieldRule::CheckText(std::string_view text) const {
  if (field_.low || field_.high) {
    auto length = static_cast<int64_t>(CodePoints(text));
    if (length < low_int_) {
      return Error(RejectKind::kLength, fmt::format("{} has {} characters, fewer than {}",
                                                    QuotedCell(text), length, low_int_));
    }
    if (length > high_int_) {
      return Error(RejectKind::kLength, fmt::format("{} has {} characters, more than {}",
                                                    QuotedCell(text), length, high_int_));
    }
  }
  if (!texts_.empty() && !std::ranges::binary_search(texts_, text)) {
    return Error(RejectKind::kOneOf,
                 fmt::format("{} is none of {}", QuotedCell(text), OneOfText(field_.one_of)));
  }
  if (pattern_ == nullptr) return std::nullopt;
  if (re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern_)) {
    return std::nullopt;
  }
  return Error(RejectKind::kPattern,
               fmt::format("{} does not match /{}/", QuotedCell(text), field_.pattern));
}

std::optional<CellError> FieldRule::CheckBool(bool value) const {
  if (ints_.empty() || std::ranges::find(ints_, value ? 1 : 0) != ints_.end()) return std::nullopt;
  return Error(RejectKind::kOneOf,
               fmt::format("{} is none of {}", value, OneOfText(field_.one_of)));
}

CellError FieldRule::Missing() const {
  return Error(RejectKind::kNull, "nothing, and it is not nullable");
}

CellError FieldRule::WrongType(std::string_view seen) const {
  return Error(RejectKind::kType,
               fmt::format("{} is no {}", QuotedCell(seen), ColumnTypeName(field_.type)));
}

CellError FieldRule::NotUtf8(std::string_view seen) const {
  std::string shown;
  for (char c : seen.substr(0, kShownBytes)) {
    auto byte = static_cast<uint8_t>(c);
    shown += byte >= 0x80 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return Error(RejectKind::kEncoding, fmt::format("{} is not UTF-8", QuotedCell(shown)));
}

}  // namespace opsc
