// Another program, run to its end without a shell, with its output in memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

struct ProgramCall {
  std::vector<std::string> argv;                                    // argv[0] is looked for on PATH
  std::string input = {};                                           // its standard input
  std::vector<std::pair<std::string, std::string>> variables = {};  // over those of opsc
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  size_t max_output = 1 << 20;  // bytes of each stream; what is longer is cut
};

struct ProgramEnd {
  int exit_code = 0;  // 128 + the signal where one ended it
  std::string out;
  std::string err;
};

// Fails where the program cannot be started (kEnvironment), takes longer than `timeout`
// (kEnvironment) or `stop` is requested (kCancelled); then its whole process group is killed. An
// exit code other than 0 is no error here.
Result<ProgramEnd> RunProgram(const ProgramCall& call, const std::stop_token& stop);

}  // namespace opsc
