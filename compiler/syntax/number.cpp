// Numbers with their units.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "compiler/syntax/build.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;
using ast::Unit;

struct UnitRow {
  std::string_view name;
  Unit unit;
  int64_t factor;  // in ns or bytes
};

constexpr int64_t kSecond = 1'000'000'000;
constexpr UnitRow kUnits[] = {
    {"ns", Unit::kDuration, 1},
    {"us", Unit::kDuration, 1'000},
    {"ms", Unit::kDuration, 1'000'000},
    {"s", Unit::kDuration, kSecond},
    {"min", Unit::kDuration, 60 * kSecond},
    {"h", Unit::kDuration, 3'600 * kSecond},
    {"d", Unit::kDuration, 86'400 * kSecond},
    {"B", Unit::kSize, 1},
    {"KB", Unit::kSize, 1'000},
    {"MB", Unit::kSize, 1'000'000},
    {"GB", Unit::kSize, 1'000'000'000},
    {"TB", Unit::kSize, 1'000'000'000'000},
    {"KiB", Unit::kSize, int64_t{1} << 10},
    {"MiB", Unit::kSize, int64_t{1} << 20},
    {"GiB", Unit::kSize, int64_t{1} << 30},
    {"TiB", Unit::kSize, int64_t{1} << 40},
};

// Wide enough for any 64-bit number of any unit.
__extension__ typedef __int128 Wide;

constexpr std::string_view kTooBig = "does not fit 64 bits";

// Digits of `text`, without `_` and `.`, as one integer; nothing when it has over 30 digits.
std::optional<Wide> Digits(std::string_view text) {
  Wide value = 0;
  int count = 0;
  for (char c : text) {
    if (c < '0' || c > '9') continue;
    if (value != 0 || c != '0') ++count;
    if (count > 30) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Nothing when it does not fit.
std::optional<int64_t> Fitting(Wide value, bool negative) {
  if (negative) value = -value;
  bool fits =
      value >= std::numeric_limits<int64_t>::min() && value <= std::numeric_limits<int64_t>::max();
  return fits ? std::optional(static_cast<int64_t>(value)) : std::nullopt;
}

double FloatOf(std::string_view text, std::string_view exponent, bool negative) {
  std::string plain = negative ? "-" : "";
  for (char c : text) {
    if (c != '_') plain += c;
  }
  plain += exponent;
  return std::strtod(plain.c_str(), nullptr);
}

ast::ExprNode BadNumber(Builder& b, const antlr4::Token* token, std::string_view why) {
  b.diagnostics.Add(Diag::kBadNumber, b.SpanOf(token), {b.TextOf(token), why});
  return ast::ErrorExpr{};
}

ast::ExprNode IntegerQuantity(Builder& b, const antlr4::Token* token, std::string_view number,
                              const UnitRow& row, bool negative) {
  std::optional<Wide> digits = Digits(number);
  if (!digits || *digits > std::numeric_limits<int64_t>::max()) {
    return BadNumber(b, token, kTooBig);
  }
  Wide value = *digits * row.factor;
  size_t point = number.find('.');
  size_t decimals = point == std::string_view::npos ? 0 : number.size() - point - 1;
  for (size_t i = 0; i < decimals; ++i) {
    if (value % 10 != 0) {
      return BadNumber(b, token,
                       row.unit == Unit::kSize ? "is not a whole number of bytes"
                                               : "is not a whole number of nanoseconds");
    }
    value /= 10;
  }
  std::optional<int64_t> fitting = Fitting(value, negative);
  if (!fitting) return BadNumber(b, token, kTooBig);
  return ast::QuantityLit{row.unit, *fitting, 0.0};
}

ast::ExprNode Quantity(Builder& b, const antlr4::Token* token, bool negative) {
  std::string_view text = b.TextOf(token);
  size_t end = text.find_first_not_of("0123456789_.");
  std::string_view number = text.substr(0, end);
  std::string_view unit = text.substr(end);
  if (unit == "%") return ast::QuantityLit{Unit::kRatio, 0, FloatOf(number, "e-2", negative)};
  for (const UnitRow& row : kUnits) {
    if (row.name == unit) return IntegerQuantity(b, token, number, row, negative);
  }
  Span span = b.SpanOf(token);
  span.begin += static_cast<uint32_t>(end);
  Diagnostic& unknown = b.diagnostics.Add(Diag::kUnknownUnit, span, {unit});
  std::vector<std::string> names{"%"};
  for (const UnitRow& row : kUnits) names.emplace_back(row.name);
  std::string nearest = unit == "m" ? "min" : Nearest(unit, names);
  if (!nearest.empty()) {
    unknown.hint = fmt::format("did you mean `{}{}`?", number, nearest);
    unknown.fixes.push_back({span, nearest, fmt::format("write `{}{}`", number, nearest)});
  }
  return ast::ErrorExpr{};
}

}  // namespace

ast::ExprNode NumberOf(Builder& b, const antlr4::Token* token, bool negative) {
  std::string_view text = b.TextOf(token);
  if (token->getType() == OpsParser::QUANTITY) return Quantity(b, token, negative);
  if (token->getType() == OpsParser::FLOAT) {
    double value = FloatOf(text, "", negative);
    if (!std::isfinite(value)) return BadNumber(b, token, "does not fit a float of 64 bits");
    return ast::FloatLit{value};
  }
  std::optional<Wide> digits = Digits(text);
  std::optional<int64_t> value = digits ? Fitting(*digits, negative) : std::nullopt;
  if (!value) return BadNumber(b, token, kTooBig);
  return ast::IntLit{*value};
}

}  // namespace opsc::syntax
