// Runs of `opsc` that a code lens starts, each in a process of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace opsc::lsp {

std::string LensKey(std::string_view root, std::string_view action, std::string_view name);

// What a finished run said.
struct LensOutcome {
  std::string key;
  int exit_code = 0;
  std::string output;
};

// Owns the processes; ends those that are left when it ends.
class LensRuns {
 public:
  // `done` is called from another thread, once a run.
  explicit LensRuns(std::function<void(LensOutcome)> done);
  ~LensRuns();
  LensRuns(const LensRuns&) = delete;
  LensRuns& operator=(const LensRuns&) = delete;

  // False: it could not be started, or one of the key is running.
  bool Start(const std::string& key, const std::vector<std::string>& command);
  void Stop(const std::string& key);
  void StopAll();
  bool IsRunning(const std::string& key) const { return runs_.contains(key); }
  void Forget(const std::string& key);  // after `done`

 private:
  struct Run {
    pid_t pid = 0;
    std::jthread reader;
  };
  std::function<void(LensOutcome)> done_;
  std::map<std::string, Run> runs_;
};

// The line that sums up an output, for a lens.
std::string SummaryLine(const LensOutcome& outcome);

}  // namespace opsc::lsp
