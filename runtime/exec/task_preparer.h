// Everything that decides a task's result, read and digested. Inside runtime/exec only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/exec/task_command.h"
#include "runtime/exec/task_inputs.h"
#include "runtime/exec/task_key.h"
#include "runtime/exec/tools.h"

namespace opsc {

// A task with everything that its key is made of.
struct PreparedTask {
  TaskCommand command;
  TaskInputs inputs;
  std::vector<Tool> tools;
  std::string program;  // file behind the first word; empty: a script, or a file of the project
  TaskKey key;
};

// Finds inputs and programs of tasks and makes their keys. Thread-safe.
class TaskPreparer {
 public:
  TaskPreparer(std::string project_root, std::string state_dir, Env* env, FileDigests* digests);

  // Fails where an input matches nothing or cannot be read, and where a program is missing.
  Result<PreparedTask> Prepare(const TaskSpec& spec);
  // Of a task that is pending still: the inputs that are known.
  Status CheckInputs(const TaskSpec& spec);

  Tools& ToolsFor(const TaskCommand& command);   // a task may declare a PATH of its own
  const Tools& tools() const { return tools_; }  // on the PATH of this opsc
  SourceTree& sources() { return inputs_.sources(); }
  // What was read and looked for; as InputReader::AddSeen.
  bool AddSeen(Sightings& seen);

 private:
  Result<std::vector<Tool>> FindTools(const TaskCommand& command, std::string& program);
  Result<std::string> Salt();

  const std::string project_root_;
  const std::string state_dir_;
  Env* const env_;
  FileDigests* const digests_;
  Tools tools_;
  InputReader inputs_;

  std::mutex mutex_;  // of what follows
  std::map<std::string, std::unique_ptr<Tools>> tools_by_path_;
  std::string salt_;
};

// The file of this very opsc.
std::string OwnProgram();

}  // namespace opsc
