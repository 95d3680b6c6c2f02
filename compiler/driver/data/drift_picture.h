// Drift over time for people.
#pragma once

#include <string>

#include "runtime/data/drift_over_time.h"

namespace opsc {

// A line a column, a block a period; what moved most comes first.
std::string DriftText(const DriftOverTime& drift, bool color);
// A table: a row a column, a cell a period. Needs the style of the profile's page.
std::string DriftHtml(const DriftOverTime& drift);

}  // namespace opsc
