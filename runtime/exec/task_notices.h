// What is said about a task besides its output. Inside runtime/exec only.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/task_preparer.h"
#include "runtime/exec/workspace.h"

namespace opsc {

// Each gives the text of a notice; empty: there is nothing to say.

// `refusal`: why the kernel gives no sandbox.
std::string NoSandboxNotice(const std::string& refusal);
// Secrets that are too short to be hidden in the output of `address`.
std::string ShortSecretsNotice(const std::string& address, const std::vector<std::string>& secrets);
// Files that an action, or a task without a file among its outs, wrote or changed and that are no
// output.
std::string LostFilesNotice(const TaskSpec& spec, const PreparedTask& task,
                            const Workspace& workspace, Env& env);

}  // namespace opsc
