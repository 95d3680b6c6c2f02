#include "runtime/data/cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

#include "runtime/value/utf8.h"

namespace opsc {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool EqualsFolded(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

template <typename T>
std::optional<T> ReadNumber(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes exactly `digits` digits from the front; -1 where they are not there.
int TakeDigits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!IsDigit(text[i])) return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// ".123" → 123,000,000 ns; what is beyond nanoseconds must be zeros. Nothing there: 0.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  if (!text.starts_with('.') && !text.starts_with(',')) return 0;
  text.remove_prefix(1);
  int64_t number = 0;
  size_t digits = 0;
  for (; !text.empty() && IsDigit(text.front()); text.remove_prefix(1), ++digits) {
    if (digits < 9) number = number * 10 + (text.front() - '0');
    if (digits >= 9 && text.front() != '0') return std::nullopt;
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) number *= 10;
  return number;
}

// "HH:MM[:SS[.fraction]]" in nanoseconds.
std::optional<int64_t> TakeClock(std::string_view& text) {
  int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !Take(text, ':')) return std::nullopt;
  int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  int64_t clock = (hour * 3600LL + minute * 60) * kSecond;
  if (!Take(text, ':')) return clock;
  int second = TakeDigits(text, 2);
  if (second < 0 || second > 59) return std::nullopt;
  auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  return clock + second * kSecond + *fraction;
}

// "Z", "+HH:MM", "-HHMM", "+HH" or nothing, in nanoseconds east of UTC.
std::optional<int64_t> TakeZone(std::string_view& text) {
  if (text.empty() || Take(text, 'Z') || Take(text, 'z')) return 0;
  bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23) return std::nullopt;
  int minute = 0;
  if (!text.empty()) {
    Take(text, ':');
    minute = TakeDigits(text, 2);
    if (minute < 0 || minute > 59) return std::nullopt;
  }
  int64_t zone = (hour * 3600LL + minute * 60) * kSecond;
  return west ? -zone : zone;
}

// Days since 1970 of a date of the Gregorian calendar.
std::optional<int64_t> TakeDate(std::string_view& text) {
  int year = TakeDigits(text, 4);
  if (year < 1678 || year > 2261 || !Take(text, '-')) return std::nullopt;
  int month = TakeDigits(text, 2);
  if (month < 0 || !Take(text, '-')) return std::nullopt;
  int day = TakeDigits(text, 2);
  if (day < 0) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(year),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct Unit {
  std::string_view name;
  double factor;
};
constexpr std::array<Unit, 9> kDurations = {{{"ns", 1},
                                             {"us", 1e3},
                                             {"ms", 1e6},
                                             {"s", 1e9},
                                             {"min", 60e9},
                                             {"m", 60e9},
                                             {"h", 3600e9},
                                             {"d", 86400e9},
                                             {"w", 7 * 86400e9}}};
constexpr std::array<Unit, 11> kSizes = {{{"", 1},
                                          {"B", 1},
                                          {"KB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"TB", 1e12},
                                          {"KiB", 0x1p10},
                                          {"MiB", 0x1p20},
                                          {"GiB", 0x1p30},
                                          {"TiB", 0x1p40},
                                          {"PiB", 0x1p50}}};

// A number and its unit from the front; the product must be whole and fit.
template <size_t N>
std::optional<int64_t> TakeQuantity(std::string_view& text, const std::array<Unit, N>& units) {
  size_t digits = 0;
  while (digits < text.size() && (IsDigit(text[digits]) || text[digits] == '.')) ++digits;
  auto number = ReadNumber<double>(text.substr(0, digits));
  if (digits == 0 || !number) return std::nullopt;
  auto whole = ReadNumber<int64_t>(text.substr(0, digits));
  text.remove_prefix(digits);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  size_t letters = 0;
  while (letters < text.size() && !IsDigit(text[letters]) && text[letters] != ' ') ++letters;
  auto unit = std::ranges::find(units, text.substr(0, letters), &Unit::name);
  if (unit == units.end()) return std::nullopt;
  text.remove_prefix(letters);
  int64_t product = 0;
  if (whole) {
    if (__builtin_mul_overflow(*whole, static_cast<int64_t>(unit->factor), &product)) {
      return std::nullopt;
    }
    return product;
  }
  double exact = *number * unit->factor;
  if (exact >= 0x1p62) return std::nullopt;
  return static_cast<int64_t>(std::llround(exact));
}

// "1:02:03.5" in nanoseconds; hours may have any number of digits.
std::optional<int64_t> ReadClockDuration(std::string_view text) {
  size_t colon = text.find(':');
  auto hours = ReadNumber<int64_t>(text.substr(0, colon));
  if (!hours || *hours < 0 || *hours > 1'000'000) return std::nullopt;
  text.remove_prefix(colon + 1);
  int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !Take(text, ':')) return std::nullopt;
  int second = TakeDigits(text, 2);
  if (second < 0 || second > 59) return std::nullopt;
  auto fraction = TakeFraction(text);
  if (!fraction || !text.empty()) return std::nullopt;
  return (*hours * 3600 + minute * 60 + second) * kSecond + *fraction;
}

}  // namespace

std::optional<int64_t> ReadInt(std::string_view text) {
  return ReadNumber<int64_t>(text);
}
std::optional<double> ReadFloat(std::string_view text) {
  return ReadNumber<double>(text);
}

std::optional<double> ReadRatio(std::string_view text) {
  text = Trimmed(text);
  if (!text.ends_with('%')) return ReadNumber<double>(text);
  auto number = ReadNumber<double>(text.substr(0, text.size() - 1));
  if (number) *number /= 100.0;
  return number;
}

std::optional<bool> ReadBool(std::string_view text) {
  text = Trimmed(text);
  if (text == "1" || EqualsFolded(text, "true") || EqualsFolded(text, "t")) return true;
  if (text == "0" || EqualsFolded(text, "false") || EqualsFolded(text, "f")) return false;
  return std::nullopt;
}

std::optional<int64_t> ReadTime(std::string_view text) {
  text = Trimmed(text);
  auto days = TakeDate(text);
  if (!days) return std::nullopt;
  int64_t time = *days * 86400 * kSecond;
  if (text.empty()) return time;
  if (!Take(text, 'T') && !Take(text, ' ') && !Take(text, 't')) return std::nullopt;
  auto clock = TakeClock(text);
  if (!clock) return std::nullopt;
  auto zone = TakeZone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return time + *clock - *zone;
}

std::optional<int64_t> ReadDuration(std::string_view text) {
  text = Trimmed(text);
  bool negative = Take(text, '-');
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  if (text.find(':') != std::string_view::npos) {
    auto clock = ReadClockDuration(text);
    if (!clock) return std::nullopt;
    total = *clock;
    text = {};
  }
  while (!text.empty()) {
    auto part = TakeQuantity(text, kDurations);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
    while (Take(text, ' ')) {
    }
  }
  return negative ? -total : total;
}

std::optional<int64_t> ReadSize(std::string_view text) {
  text = Trimmed(text);
  auto size = TakeQuantity(text, kSizes);
  return text.empty() ? size : std::nullopt;
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace opsc
