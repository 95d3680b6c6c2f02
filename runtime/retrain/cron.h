// Times by the five fields of crontab(5), in UTC.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// `minute hour day-of-month month day-of-week`, each `*`, numbers, ranges `1-5`, lists `1,15` and
// steps `*/10`; 0 and 7 are Sunday. Where both days are given, one of them has to fit, as in
// crontab(5).
class CronTimes {
 public:
  // kInput, with the field that is wrong.
  static Result<CronTimes> Parse(std::string_view expression);
  // The first such minute later than `time`; nullopt: there is none within eight years.
  std::optional<Time> NextAfter(Time time) const;

 private:
  bool FitsDay(std::chrono::sys_days day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  // 0: Sunday
  bool any_day_ = true;
  bool any_weekday_ = true;
};

}  // namespace opsc
