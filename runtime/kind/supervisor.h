// The process that keeps one service alive when opsc has gone.
#pragma once

#include <string>

namespace opsc {

// `opsc __supervise DIR`: becomes a daemon that supervises the service of `dir` (an existing
// directory with a file `lock`) and returns in the caller once that can be reached through
// DIR/control. The exit code: 0, also where one was there already; 1 with the reason on standard
// error.
int SuperviseMain(const std::string& dir);

}  // namespace opsc
