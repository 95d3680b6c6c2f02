// Profiles for people.
#pragma once

#include <string>

#include "runtime/data/drift_over_time.h"
#include "runtime/data/profile.h"

namespace opsc {

// For a terminal of `width` columns.
std::string ProfileText(const Profile& profile, bool color, int width);
// One self-contained page; with the drift where the rows have an event time.
std::string ProfileHtml(const Profile& profile, const std::optional<DriftOverTime>& drift);

// A number of a column as people read it: times as dates, durations with their unit.
std::string ProfileNumber(const ColumnProfile& column, double number);
// "1,234,567".
std::string Grouped(uint64_t number);
// "3.5% null", "no nulls".
std::string NullText(const ColumnProfile& column);
// The smallest or largest value.
std::string ProfileValue(const Value& value);

}  // namespace opsc
