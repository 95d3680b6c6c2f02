// Commands in a sandbox: helpers that start, watch and kill them. See docs/sandbox.md.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Where a command finds this very opsc and its plugins.
inline constexpr char kOwnPlace[] = "/run/opsc";

// What all commands of one helper share.
struct SandboxSetup {
  bool namespaces = true;            // false: a process group and a subreaper only
  std::string project_root;          // absolute: where a workspace appears
  std::string root_mount;            // an existing, empty directory: the new root is mounted there
  std::vector<std::string> visible;  // absolute directories seen read-only, at their own place
  std::string own_directory = {};    // of this program: seen at kOwnPlace; empty: not seen
};

// One command, with everything resolved.
struct SandboxCommand {
  std::string program;  // absolute, or relative to `cwd` with a '/'
  std::vector<std::string> argv;
  std::vector<std::string> env;  // NAME=VALUE
  std::string workspace;  // stands at the project root; with `lower`: the overlay's upper layer
  std::string lower;      // read-only layer of inputs; empty: everything is in `workspace`
  std::string work;       // the overlay's own directory, empty, beside `workspace`
  std::string tmp;        // stands at /tmp
  std::string dir = ".";  // to run in, relative to the project root
  bool network = false;
  int64_t memory = 0;  // bytes of address space; 0: no limit
};

// How a command ended.
struct SandboxOutcome {
  enum class Kind { kExited, kSetupFailed, kOverlayRefused, kExecFailed, kHelperLost };
  Kind kind = Kind::kHelperLost;
  int wait_status = 0;  // kExited
  int error = 0;        // errno of the failures
  std::string what;
};

// A process that runs one command at a time. When opsc dies in any way, the channel closes and the
// helper kills everything that it started.
class SandboxHelper {
 public:
  // Starts and sets up a helper. kEnvironment where the kernel refuses namespaces.
  static Result<std::unique_ptr<SandboxHelper>> Start(const SandboxSetup& setup);
  ~SandboxHelper();
  SandboxHelper(const SandboxHelper&) = delete;
  SandboxHelper& operator=(const SandboxHelper&) = delete;

  // Begins a command; its output goes to `output`. REQUIRES: none is running.
  Status Run(const SandboxCommand& command, int output);
  // Readable when the outcome is there.
  int fd() const { return channel_; }
  SandboxOutcome TakeOutcome();  // blocks until then
  void Terminate();              // TERM to everything that the command started
  void Kill();                   // and KILL
  bool usable() const { return usable_; }
  // Commands see only what their sandbox holds. False: they run among everything else.
  bool isolated() const { return isolated_; }

 private:
  friend class SandboxPool;
  SandboxHelper(int channel, pid_t pid) : channel_(channel), pid_(pid) {}
  void Signal(char signal);

  int channel_;
  pid_t pid_;
  bool usable_ = true;
  bool isolated_ = false;
  uint64_t generation_ = 0;  // of the pool's set-up that it was started with
};

// Idle helpers, made on demand: one for each command that runs at the same time. Thread-safe.
class SandboxPool {
 public:
  explicit SandboxPool(SandboxSetup setup) : setup_(std::move(setup)) {}

  Result<std::unique_ptr<SandboxHelper>> Acquire();
  void Release(std::unique_ptr<SandboxHelper> helper);
  // What commands that start from now on may see besides the project.
  void Show(std::vector<std::string> directories);
  // No more namespaces from now on: `reason` is what the kernel refused.
  void GiveUp(const std::string& reason);
  // What the kernel refused; empty while commands are isolated.
  std::string refusal();

 private:
  std::mutex mutex_;
  SandboxSetup setup_;
  std::string refusal_;
  uint64_t generation_ = 0;  // of `setup_`
  std::vector<std::unique_ptr<SandboxHelper>> idle_;
};

}  // namespace opsc
