// Waiting for time to pass.
#pragma once

#include <chrono>
#include <stop_token>

namespace opsc {

// Returns after `length`, or as soon as `stop` is requested.
void PauseFor(std::chrono::nanoseconds length, const std::stop_token& stop);

}  // namespace opsc
