#include "runtime/retrain/cron.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace opsc {
namespace {

constexpr int kMostDays = 8 * 366;  // 29 February comes within eight years, also around 2100

struct FieldOfCron {
  std::string_view name;
  int low = 0;
  int high = 0;
};
constexpr std::array<FieldOfCron, 5> kFields = {{{"minute", 0, 59},
                                                 {"hour", 0, 23},
                                                 {"day of the month", 1, 31},
                                                 {"month", 1, 12},
                                                 {"day of the week", 0, 7}}};

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> Number(std::string_view text, const FieldOfCron& field) {
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && number >= field.low && number <= field.high ? std::optional(number)
                                                              : std::nullopt;
}

std::unexpected<Error> Refuse(const FieldOfCron& field, std::string_view part) {
  return Fail(
      ErrorKind::kInput,
      fmt::format("cron: `{}` is no {} ({} to {})", part, field.name, field.low, field.high),
      "five fields, as in `30 3 * * 1-5`: minute, hour, day of the month, month, day of the "
      "week (UTC)");
}

// One of a list: `*`, `7`, `1-5`, each perhaps with a step.
template <typename Bits>
Status AddPart(const FieldOfCron& field, std::string_view part, Bits& bits) {
  std::vector<std::string_view> stepped = Split(part, "/");
  FieldOfCron positive{field.name, 1, field.high};
  auto step = stepped.size() > 1 ? Number(stepped[1], positive) : std::optional(1);
  std::vector<std::string_view> ends = Split(stepped[0], "-");
  bool any = stepped[0] == "*";
  auto low = any ? std::optional(field.low) : Number(ends[0], field);
  auto high = any ? std::optional(field.high) : ends.size() > 1 ? Number(ends[1], field) : low;
  if (stepped.size() > 1 && !any && ends.size() == 1) high = field.high;  // `5/10`
  if (stepped.size() > 2 || ends.size() > 2 || !step || !low || !high || *high < *low) {
    return Refuse(field, part);
  }
  for (int at = *low; at <= *high; at += *step) bits.set(static_cast<size_t>(at));
  return {};
}

template <typename Bits>
Status Read(const FieldOfCron& field, std::string_view text, Bits& bits) {
  for (std::string_view part : Split(text, ",")) OPS_TRY(AddPart(field, part, bits));
  return {};
}

}  // namespace

Result<CronTimes> CronTimes::Parse(std::string_view expression) {
  std::vector<std::string_view> words;
  for (std::string_view word : Split(expression, " \t")) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() != kFields.size()) {
    return Fail(
        ErrorKind::kInput, fmt::format("cron: `{}` has {} fields, not 5", expression, words.size()),
        "minute, hour, day of the month, month, day of the week, as in `30 3 * * 1-5` (UTC)");
  }
  CronTimes times;
  OPS_TRY(Read(kFields[0], words[0], times.minutes_));
  OPS_TRY(Read(kFields[1], words[1], times.hours_));
  OPS_TRY(Read(kFields[2], words[2], times.days_));
  OPS_TRY(Read(kFields[3], words[3], times.months_));
  OPS_TRY(Read(kFields[4], words[4], times.weekdays_));
  times.any_day_ = words[2].starts_with('*');
  times.any_weekday_ = words[4].starts_with('*');
  if (times.weekdays_[7]) times.weekdays_.set(0);
  return times;
}

bool CronTimes::FitsDay(std::chrono::sys_days day) const {
  std::chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  bool by_day = days_[static_cast<unsigned>(date.day())];
  bool by_weekday = weekdays_[std::chrono::weekday(day).c_encoding()];
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<Time> CronTimes::NextAfter(Time time) const {
  using std::chrono::hours, std::chrono::minutes;
  Time first = std::chrono::floor<minutes>(time) + minutes(1);
  auto day = std::chrono::floor<std::chrono::days>(first);
  for (int tried = 0; tried < kMostDays; ++tried, day += std::chrono::days(1)) {
    if (!FitsDay(day)) continue;
    for (size_t minute = 0; minute < size_t{24} * 60; ++minute) {
      Time at = day + minutes(minute);
      if (at >= first && hours_[minute / 60] && minutes_[minute % 60]) return at;
    }
  }
  return std::nullopt;
}

}  // namespace opsc
