#include "compiler/kernel/scalar.h"

#include <algorithm>

#include "compiler/kernel/math.h"

namespace opsc::kernel {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDaySeconds = 86'400;

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
int64_t FloorMod(int64_t a, int64_t b) {
  int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}

int64_t DaysOf(int64_t time) {
  return FloorDiv(time, kDaySeconds * kSecond);
}
int64_t SecondOfDay(int64_t time) {
  return FloorMod(time, kDaySeconds * kSecond) / kSecond;
}

struct Civil {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
Civil CivilOf(int64_t time) {
  int64_t days = DaysOf(time) + 719468;
  int64_t era = FloorDiv(days, 146097);
  int64_t of_era = days - era * 146097;
  int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  int64_t shifted = (5 * of_year + 2) / 153;
  int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, of_year - (153 * shifted + 2) / 5 + 1};
}

bool StartsCharacter(char c) {
  return (c & 0xC0) != 0x80;
}
bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string Shifted(std::string_view text, char from, char to, int shift) {
  std::string result(text);
  for (char& c : result) {
    if (c >= from && c <= to) c = static_cast<char>(c + shift);
  }
  return result;
}

// The byte at which the `n`th character begins, or the end.
size_t OffsetOf(std::string_view text, int64_t n) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (StartsCharacter(text[at]) && n-- == 0) break;
  }
  return at;
}

}  // namespace

double Log(double x) {
  return math::Log(x);
}
double Log1p(double x) {
  return math::Log1p(x);
}
double Exp(double x) {
  return math::Exp(x);
}
double Expm1(double x) {
  return std::expm1(x);
}
double Sin(double x) {
  return std::sin(x);
}
double Cos(double x) {
  return std::cos(x);
}
double Pow(double x, double y) {
  return std::pow(x, y);
}

int64_t YearOf(int64_t time) {
  return CivilOf(time).year;
}
int64_t MonthOf(int64_t time) {
  return CivilOf(time).month;
}
int64_t DayOf(int64_t time) {
  return CivilOf(time).day;
}
int64_t WeekdayOf(int64_t time) {
  return FloorMod(DaysOf(time) + 3, 7) + 1;
}
int64_t HourOf(int64_t time) {
  return SecondOfDay(time) / 3600;
}
int64_t MinuteOf(int64_t time) {
  return SecondOfDay(time) / 60 % 60;
}

int64_t LengthOf(std::string_view text) {
  return std::ranges::count_if(text, StartsCharacter);
}
std::string Lower(std::string_view text) {
  return Shifted(text, 'A', 'Z', 'a' - 'A');
}
std::string Upper(std::string_view text) {
  return Shifted(text, 'a', 'z', 'A' - 'a');
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::string> Replace(std::string_view text, std::string_view old,
                                   std::string_view with) {
  if (old.empty()) return std::nullopt;
  std::string result;
  size_t start = 0;
  for (size_t at = text.find(old); at != text.npos; at = text.find(old, start)) {
    result += text.substr(start, at - start);
    result += with;
    start = at + old.size();
  }
  result += text.substr(start);
  return result;
}

std::optional<std::string_view> Slice(std::string_view text, int64_t from, int64_t to) {
  if (from < 0 || to < from) return std::nullopt;
  size_t begin = OffsetOf(text, from);
  return text.substr(begin, OffsetOf(text, to) - begin);
}

std::optional<int64_t> HashBucket(std::string_view text, int64_t count) {
  if (count <= 0) return std::nullopt;
  uint64_t hash = 0xcbf29ce484222325ull;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return static_cast<int64_t>(hash % static_cast<uint64_t>(count));
}

}  // namespace opsc::kernel
