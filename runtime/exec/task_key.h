// The cache key of a task, and what makes two keys differ.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/exec/tools.h"
#include "runtime/graph/task.h"

namespace opsc {

// Digests everything that decides the result of `spec`; format: docs/formats/cache.md. `salt` keys
// the HMAC that stands for secrets. `command` is ReadTaskCommand(spec).
TaskKey MakeTaskKey(const TaskSpec& spec, const TaskCommand& command, const TaskInputs& inputs,
                    const std::vector<Tool>& tools, std::string_view salt);

// Reasons for which `now` is another key than `before`, most telling first; empty if it is the
// same.
std::vector<Reason> CompareKeys(const std::vector<KeyPart>& before,
                                const std::vector<KeyPart>& now);

}  // namespace opsc
