// Where the output of tasks and services is kept.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/project/project.h"
#include "runtime/graph/state.h"

namespace opsc {

struct LogFile {
  std::string address;
  std::string path;      // absolute
  std::string run = {};  // of a task's log
};

// `word`: "" (the last run that printed something), "RUN", "RUN/ADDRESS" (RUN may be `last`), or
// the address of a service or of a task of the last run that ran it. An error where there is no
// log.
Result<std::vector<LogFile>> FindLogs(Env& env, const Project& project, Journal& journal,
                                      const std::string& word);

}  // namespace opsc
