// What each operation computes for one row: the evaluator's builtins and the executor call these,
// and compiled code calls them or does the very same.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opsc::kernel {

// Fails where the number has no int64.
inline bool ToInt(double whole, int64_t& out) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  bool fits = whole >= -kLimit && whole < kLimit;
  out = fits ? static_cast<int64_t>(whole) : 0;
  return fits;
}

// A duration or size times a factor, rounded half away from zero.
inline bool Scale(int64_t amount, double factor, int64_t& out) {
  double result = std::round(static_cast<double>(amount) * factor);
  bool fits = std::abs(result) < 9.2e18;
  out = fits ? static_cast<int64_t>(result) : 0;
  return fits;
}

double Log(double x);
double Log1p(double x);
double Exp(double x);
double Expm1(double x);
double Sin(double x);
double Cos(double x);
double Pow(double x, double y);

// Of nanoseconds since 1970, in UTC and the proleptic Gregorian calendar.
int64_t YearOf(int64_t time);
int64_t MonthOf(int64_t time);    // 1 to 12
int64_t DayOf(int64_t time);      // 1 to 31
int64_t WeekdayOf(int64_t time);  // 1 (Monday) to 7, as ISO 8601
int64_t HourOf(int64_t time);     // 0 to 23
int64_t MinuteOf(int64_t time);   // 0 to 59

int64_t LengthOf(std::string_view text);   // in code points
std::string Lower(std::string_view text);  // ASCII letters only
std::string Upper(std::string_view text);
std::string_view Trim(std::string_view text);
// nullopt: nothing to look for.
std::optional<std::string> Replace(std::string_view text, std::string_view old,
                                   std::string_view with);
// Code points [from, to); what is beyond the end is left out. nullopt: no part of a text.
std::optional<std::string_view> Slice(std::string_view text, int64_t from, int64_t to);
// 0 to count - 1, from FNV-1a of the bytes; nullopt: no buckets.
std::optional<int64_t> HashBucket(std::string_view text, int64_t count);

}  // namespace opsc::kernel
