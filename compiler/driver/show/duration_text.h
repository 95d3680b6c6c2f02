// Durations as people read them.
#pragma once

#include <chrono>
#include <string>

namespace opsc {

// Two digits that matter: "85ms", "1.2s", "42s", "3min 5s", "2h 10min".
std::string RoundedDuration(std::chrono::nanoseconds duration);

}  // namespace opsc
