// opsc as a process of its own, so that it can be interrupted and killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "project.h"

namespace opsc::soundness {

// Runs `task` in a child process that behaves as the command line does: INT and TERM cancel.
class OpscProcess {
 public:
  OpscProcess(const Project& project, Sandbox sandbox, const Task& task);
  ~OpscProcess();
  OpscProcess(const OpscProcess&) = delete;
  OpscProcess& operator=(const OpscProcess&) = delete;

  void Signal(int signal) const;
  // Its exit code, 128 + signal if it was killed, or -1 after `timeout`.
  int Wait(std::chrono::milliseconds timeout);

 private:
  pid_t pid_ = -1;
};

// Number of processes whose command line holds `mark`.
int CountProcesses(const std::string& mark);
bool WaitUntil(std::chrono::milliseconds timeout, const std::function<bool()>& holds);
// All that the logs of the project hold.
std::string Logs(const Project& project);

}  // namespace opsc::soundness
