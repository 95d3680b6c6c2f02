// The fields of a task as the executor needs them: typed, and with every value as text.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/task.h"
#include "runtime/value/value.h"

namespace opsc {

// A declared output that is captured: a path below the task's directory.
struct FileOut {
  std::string name;
  std::string path;  // relative to the task's directory, normalised
};

// What a task runs, on what, and where. See stdlib/prelude/task.ops for the fields.
struct TaskCommand {
  bool is_script = false;
  std::string script;                                   // is_script: for /bin/sh -eu
  std::vector<std::string> argv;                        // otherwise
  std::vector<std::pair<std::string, Value>> env;       // declared
  std::vector<std::pair<std::string, Value>> hole_env;  // OPSC_1, ...
  std::string dir = ".";                                // relative to the project root, normalised
  std::vector<std::string> tools;
  // The first word is this very opsc, and what decides the result of it is this text ("snapshot/1")
  // and not the program's bytes. Empty: an ordinary program.
  std::string own;
  bool network = false;
  double cpu = 1.0;
  std::optional<int64_t> memory;      // bytes
  std::optional<int64_t> timeout_ns;  // of `limits`
  std::set<int64_t> ok_codes;

  std::vector<std::string> include;  // patterns of `inputs`
  std::vector<std::string> exclude;
  std::vector<FileRep> files;        // every file named in inputs, run and env
  std::vector<std::string> secrets;  // every secret text in run and env

  Value executor;     // null: this machine
  std::string image;  // of `executor`: what stands for the tools of this machine

  std::vector<FileOut> file_outs;
  std::vector<Field> value_outs;  // outs that are no files
};

// Fails with kInput where a value cannot be used: a list in `env`, a `dir` outside the project, an
// output outside of `dir`. REQUIRES: nothing in `spec` is pending.
Result<TaskCommand> ReadTaskCommand(const TaskSpec& spec);

// Does the command of a task with these fields run elsewhere?
bool RunsElsewhere(const Value& fields);

// Only the files of the project that `inputs` names already, of a task that may be pending.
Result<TaskCommand> ReadKnownSources(const TaskSpec& spec);

// The path by which a command in `dir` finds a file: from there, never absolute.
// `build/app` made by task `build` is `.ops/out/build/build/app` seen from ".".
std::string FilePathFrom(const std::string& dir, const FileRep& file);
// The same, relative to the project root.
std::string FilePath(const FileRep& file);
// What a value is as text for this command: HoleText, and FilePathFrom for a file.
Result<std::string> CommandText(const TaskCommand& command, const Value& value);

}  // namespace opsc
