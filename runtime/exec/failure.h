// Why a command failed, in words that name the way out.
#pragma once

#include <string>
#include <string_view>

#include "runtime/exec/command_run.h"
#include "runtime/exec/source_tree.h"
#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/exec/tools.h"

namespace opsc {

// What a message about a failed run is made from.
struct FailedRun {
  const std::string& address;
  const TaskCommand& command;
  const TaskInputs& inputs;
  const CommandEnd& end;
  int64_t timeout_ns;
  std::string_view output;  // the end of what it printed
  const std::string& project_root;
  const std::string& image;  // that it ran in; empty: on this machine
};

// "ended with exit code 2: `src/secret.h` exists in the project but is not an input of `build`: add
// it to `inputs`". One line.
std::string DescribeFailure(const FailedRun& run, SourceTree& sources, Tools& tools);

// "was not found: looked in /usr/bin, /bin".
std::string DescribeMissingProgram(const std::string& program, const Tools& tools);

}  // namespace opsc
