// A task's command as the sandbox takes it: program, arguments and environment.
#pragma once

#include "runtime/exec/sandbox.h"
#include "runtime/exec/task_command.h"
#include "runtime/exec/tools.h"
#include "runtime/exec/workspace.h"

namespace opsc {

enum class Isolation { kNamespaces, kNone };

// Resolves everything that the command of `spec` needs. `program` is the file behind its first word
// (empty for a script). A script too long for one argument is written into the workspace.
Result<SandboxCommand> MakeSandboxCommand(const TaskSpec& spec, const TaskCommand& command,
                                          const std::string& program, const std::string& path,
                                          const Workspace& workspace, Isolation isolation);

}  // namespace opsc
