// The clock of the programs that measure from inside.
#pragma once

#include <ctime>

namespace opsc {

// CPU time of this process so far, all threads.
inline double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace opsc
