// Starting a command and outliving it: the first process of a sandbox, and its substitute where
// there are no namespaces. Inside runtime/exec only.
#pragma once

#include "runtime/exec/sandbox.h"

namespace opsc {

// The body of process 1 of a sandbox. Builds the command's root, starts the command with its output
// going to `output`, reaps orphans, and ends when the command has ended: then the kernel kills what
// is left. `control` gives TERM requests and closes when the helper dies; the result is written to
// `report` as a SandboxReply.
[[noreturn]] void RunSandboxInit(const SandboxSetup& setup, const SandboxCommand& command,
                                 int output, int control, int report);

// Starts the command in a session of its own. -1 with `error` set if it cannot be executed.
pid_t StartCommand(const SandboxCommand& command, const std::string& directory, int output,
                   int& error);

// Kills all that descends from this process, which must be a subreaper, and waits for it.
void KillDescendants();
// Sends `signal` to every child of this process and to the group that it leads.
void SignalChildren(int signal);

}  // namespace opsc
