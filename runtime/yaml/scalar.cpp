#include "runtime/yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace opsc::yaml {
namespace {

struct Word {
  std::string_view text;
  enum class Means : uint8_t { kNull, kTrue, kFalse } means;
};
using enum Word::Means;

constexpr std::array kWords{
    Word{"", kNull},     Word{"~", kNull},      Word{"null", kNull},   Word{"Null", kNull},
    Word{"NULL", kNull}, Word{"y", kTrue},      Word{"Y", kTrue},      Word{"yes", kTrue},
    Word{"Yes", kTrue},  Word{"YES", kTrue},    Word{"true", kTrue},   Word{"True", kTrue},
    Word{"TRUE", kTrue}, Word{"on", kTrue},     Word{"On", kTrue},     Word{"ON", kTrue},
    Word{"n", kFalse},   Word{"N", kFalse},     Word{"no", kFalse},    Word{"No", kFalse},
    Word{"NO", kFalse},  Word{"false", kFalse}, Word{"False", kFalse}, Word{"FALSE", kFalse},
    Word{"off", kFalse}, Word{"Off", kFalse},   Word{"OFF", kFalse},
};

bool IsDigit(char byte) {
  return byte >= '0' && byte <= '9';
}

// [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool IsDecimal(std::string_view text) {
  size_t at = 0;
  auto digits = [&] {
    size_t from = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  size_t whole = digits();
  size_t part = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    part = digits();
  }
  if (whole == 0 && part == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

struct Based {
  std::string_view digits;
  int base = 10;
  bool negative = false;
};

// As Go's ParseInt with base 0: 0x, 0o, 0b, a leading 0 for octal.
Based BaseOf(std::string_view text) {
  Based based;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    based.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  based.digits = text;
  if (text.size() < 2 || text[0] != '0') return based;
  char mark = static_cast<char>(text[1] | 0x20);
  based.base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
  based.digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  return based;
}

enum class IntRead : uint8_t { kNo, kYes, kTooLarge };

IntRead ReadInt(std::string_view text, int64_t& value) {
  Based based = BaseOf(text);
  if (based.digits.empty() || based.digits[0] == '-' || based.digits[0] == '+') return IntRead::kNo;
  std::string signed_digits = (based.negative ? "-" : "") + std::string(based.digits);
  const char* end = signed_digits.data() + signed_digits.size();
  auto [stop, error] = std::from_chars(signed_digits.data(), end, value, based.base);
  if (stop != end) return IntRead::kNo;
  return error == std::errc::result_out_of_range ? IntRead::kTooLarge : IntRead::kYes;
}

bool MayBeNumber(std::string_view text) {
  return !text.empty() && (IsDigit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.');
}

bool IsInfinite(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  constexpr std::array<std::string_view, 6> kNames = {".inf", ".Inf", ".INF",
                                                      ".nan", ".NaN", ".NAN"};
  return std::ranges::find(kNames, text) != kNames.end();
}

}  // namespace

std::optional<Value> ResolvePlain(std::string_view text) {
  auto word = std::ranges::find(kWords, text, &Word::text);
  if (word != kWords.end()) {
    return word->means == kNull ? Value() : Value::Bool(word->means == kTrue);
  }
  if (!MayBeNumber(text)) return Value::String(text);
  if (IsInfinite(text)) return std::nullopt;
  std::string plain(text);
  std::erase(plain, '_');
  int64_t integer = 0;
  switch (ReadInt(plain, integer)) {
    case IntRead::kYes:
      return Value::Int(integer);
    case IntRead::kTooLarge:
      return std::nullopt;
    case IntRead::kNo:
      break;
  }
  if (!IsDecimal(plain)) return Value::String(text);
  double number = std::strtod(plain.c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return Value::Float(number);
}

bool LooksLikeOtherType(std::string_view text) {
  auto resolved = ResolvePlain(text);
  if (!resolved || !resolved->is(ValueKind::kString)) return true;
  if (text == "<<" || text == "=") return true;
  // Dates and sexagesimal numbers of YAML 1.1, 0o7 of YAML 1.2.
  bool numeric =
      MayBeNumber(text) && std::ranges::all_of(text, [](char byte) {
        return IsDigit(byte) ||
               std::string_view("-+:._TtZz xXoObBeEaAcCdDfF").find(byte) != std::string_view::npos;
      });
  return numeric;
}

}  // namespace opsc::yaml
