// One command from start to end: its output, its time limit, its cancellation.
#pragma once

#include <chrono>
#include <stop_token>

#include "runtime/exec/sandbox.h"
#include "runtime/exec/task_log.h"

namespace opsc {

// How a command that was started ended.
struct CommandEnd {
  SandboxOutcome outcome;
  bool timed_out = false;
  bool cancelled = false;
  std::chrono::nanoseconds duration{0};
};

// Runs `command` in `helper` and feeds what it prints to `log`. After `timeout_ns` (0: never) or a
// request to stop, everything the command started gets TERM, and KILL kGrace later. Returns when
// nothing of it is left.
inline constexpr auto kGrace = std::chrono::seconds(5);
Result<CommandEnd> RunCommand(SandboxHelper& helper, const SandboxCommand& command, TaskLog& log,
                              int64_t timeout_ns, std::stop_token stop);

}  // namespace opsc
