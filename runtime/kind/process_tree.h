// A process with all its descendants, of which none is ever left behind.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/kind/event_loop.h"

namespace opsc {

struct TreeCommand {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;  // all of it; PATH finds argv[0]
  std::string dir;
  uint64_t open_files = 0;  // its soft RLIMIT_NOFILE; 0: as the supervisor's
};

// How the first process of a tree ended. By then all others are gone too.
struct TreeEnd {
  enum class Type { kExited, kSignalled, kNotStarted } type = Type::kExited;
  int value = 0;             // exit code, signal, errno
  std::string Text() const;  // "exited with code 3", "was killed by signal 9 (Killed)"
};

// The tree runs below a *keeper*: a fork of the supervisor that is the reaper of all that the
// command starts (PR_SET_CHILD_SUBREAPER) and kills the rest when the command ends, when it is told
// to, and when the supervisor dies (then the socket between them closes, even after SIGKILL). The
// command itself has PR_SET_PDEATHSIG, should the keeper be killed. Both output streams go to
// `on_output`. Not thread-safe. REQUIRES: the process has one thread.
class ProcessTree {
 public:
  struct Callbacks {
    std::function<void(std::string_view bytes)> on_output;
    std::function<void(const TreeEnd&)> on_end;  // once; the tree may be destroyed in it
  };
  static Result<std::unique_ptr<ProcessTree>> Start(EventLoop* loop, const TreeCommand& command,
                                                    Callbacks callbacks);
  ~ProcessTree();  // kills what is left; does not wait
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;

  void Terminate();                   // TERM to the process group of the command
  void Kill();                        // KILL to everything in the tree
  pid_t pid() const { return pid_; }  // of the command; 0 before the keeper has told
  pid_t keeper() const { return keeper_; }

 private:
  ProcessTree(EventLoop* loop, Callbacks callbacks, int control, int output, pid_t keeper);
  void ReadControl();
  void ReadOutput();
  void End();

  EventLoop* loop_;
  Callbacks callbacks_;
  int control_;  // socket to the keeper
  int output_;   // read end of the command's output
  pid_t keeper_;
  pid_t pid_ = 0;
  bool told_end_ = false;
  TreeEnd end_{TreeEnd::Type::kSignalled, 9};  // unless the keeper tells otherwise, it was killed
};

// Kills every descendant of `root` except `spare` and what is below those; returns how many it saw.
size_t KillDescendants(pid_t root, const std::vector<pid_t>& spare);

}  // namespace opsc
