// What a command left behind → values in the content store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/exec/workspace.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// Stores every declared output of `spec` and returns the record of its outs. kTask where one was
// not written; the message says what was written instead.
Result<Value> CaptureOutputs(const TaskSpec& spec, const TaskCommand& command,
                             const TaskInputs& inputs, const Workspace& workspace,
                             const std::string& project_root, ContentStore& store);

// "wrote `report.txt`, thrown away with its directory; …": of files that the command wrote or
// changed and that are no output. Empty where there are none.
std::string DescribeLost(const TaskCommand& command, const TaskInputs& inputs,
                         const Workspace& workspace, Env& env);

}  // namespace opsc
