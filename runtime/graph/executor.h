// Where else than on this machine a task's command can run. The cluster behind it is in kube/.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/event.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// A word of a command, or the value of a variable. A secret one is handed over so that it stands in
// no description of the command.
struct RemoteText {
  std::string text;
  bool secret = false;
};

// The command of a task, ready to be carried elsewhere.
struct RemoteCommand {
  std::string address;
  Value where;        // the task's field `executor`
  std::string token;  // the same for all attempts at this work: by it is found what outlived opsc
  std::vector<RemoteText> argv;
  std::vector<std::pair<std::string, RemoteText>> env;
  std::string inputs;     // directory of this machine: holds `project` and `tmp` as they are wanted
  std::string results;    // empty directory of this machine; its `project` gets the outputs
  std::string scratch;    // name for files of the executor's own
  std::string dir = ".";  // to run in, relative to the project root
  std::vector<std::string> outputs;  // to be brought back, relative to the project root
  double cpu = 1.0;
  std::optional<int64_t> memory;  // bytes
  int64_t timeout_ns = 0;         // of the command alone; 0: none
  std::set<int64_t> ok_codes;
};

// How a command ended. `message` says why where an exit code does not: "needed more than …".
struct RemoteEnd {
  enum class Kind : uint8_t { kExited, kTimedOut, kCancelled, kLost } kind = Kind::kLost;
  int exit_code = 0;
  std::string message;
  std::chrono::nanoseconds duration{0};
};

// One command that runs elsewhere. Not thread-safe.
class RemoteRun {
 public:
  virtual ~RemoteRun() = default;
  // Hands over what the command prints, until it has ended or `stop` is requested. Where its exit
  // code is one of `ok_codes`, those of its outputs that it wrote are in `results`; what else it
  // wrote is there by name only. An error is one of the place, not of the command.
  virtual Result<RemoteEnd> Wait(const std::function<void(std::string_view)>& output,
                                 std::stop_token stop) = 0;
  // Ends the command, if it has not ended, and removes everything of it. To be called always.
  virtual Status Cancel() = 0;
};

// A place for commands. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;
  // Where a project stands there, absolute.
  virtual std::string project_root() const = 0;
  // Starts the command, or finds the one that an earlier opsc started under its token. What it
  // waits for is told to `events`.
  virtual Result<std::unique_ptr<RemoteRun>> Start(RemoteCommand command, EventSink& events,
                                                   std::stop_token stop) = 0;
  // Ends and removes what an opsc that is no more started for `address` under `token`. False:
  // nothing was there.
  virtual Result<bool> Remove(const Value& where, const std::string& address,
                              const std::string& token, std::stop_token stop) = 0;
};

}  // namespace opsc
