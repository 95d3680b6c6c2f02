// Names of runs: "20261123T115300-3f2a", sortable as text.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/env.h"

namespace opsc {

// The second in UTC and 16 bits, random where they can be. The name is above `last` (the newest so
// far, or empty) also within one second and after the clock was set back.
std::string NextRunId(Time now, std::string_view last);

}  // namespace opsc
