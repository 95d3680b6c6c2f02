#include "runtime/exec/sandbox_init.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/base/argv.h"
#include "runtime/exec/sandbox_root.h"
#include "runtime/exec/sandbox_wire.h"

namespace opsc {
namespace {

// Between vfork and execve: system calls on what is prepared, nothing else.
[[noreturn]] void ExecCommand(const SandboxCommand& command, const char* directory, char** argv,
                              char** env, int output, volatile int* error) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  rlimit limit{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &limit);
  if (command.memory > 0) {
    limit.rlim_cur = limit.rlim_max = static_cast<rlim_t>(command.memory);
    setrlimit(RLIMIT_AS, &limit);
  }
  umask(022);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(null, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2 && chdir(directory) == 0) {
    execve(command.program.c_str(), argv, env);
  }
  *error = errno;
  _exit(127);
}

[[noreturn]] void Report(int report, const SandboxReply& reply) {
  WriteReply(report, reply);
  _exit(0);
}

Status PrepareSandbox(const SandboxSetup& setup, const SandboxCommand& command) {
  OPS_TRY(EnterCommandRoot(setup, command));
  if (!command.network) OPS_TRY(BringUpLoopback());
  DropCapabilities();
  return {};
}

// Waits for the command; handles requests of the helper meanwhile.
[[noreturn]] void WaitAsInit(pid_t command, int children, int control, int report) {
  pollfd fds[] = {{.fd = children, .events = POLLIN, .revents = 0},
                  {.fd = control, .events = POLLIN, .revents = 0}};
  while (true) {
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) {
      char request = 0;
      if (read(control, &request, 1) <= 0) _exit(1);  // the helper is gone
      kill(-1, SIGTERM);
    }
    if ((fds[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info;
    (void)!read(children, &info, sizeof info);
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == command) Report(report, MakeReply(SandboxReply::Kind::kExited, status));
    }
  }
}

// Process ids whose parent is `parent`, from /proc.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return children;
  while (const dirent* entry = readdir(proc)) {
    const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    char path[64], text[512];
    std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) continue;
    text[n] = '\0';
    // "pid (name) state ppid": the name may hold anything, also ')'.
    const char* behind_name = std::strrchr(text, ')');
    int ppid = 0;
    char state = 0;
    if (behind_name != nullptr && std::sscanf(behind_name + 1, " %c %d", &state, &ppid) == 2 &&
        ppid == parent) {
      children.push_back(pid);
    }
  }
  closedir(proc);
  return children;
}

}  // namespace

pid_t StartCommand(const SandboxCommand& command, const std::string& directory, int output,
                   int& error) {
  std::vector<char*> argv = ArgvOf(command.argv);
  std::vector<char*> env = ArgvOf(command.env);
  volatile int exec_error = 0;  // written by the child, which shares our memory
  const pid_t pid = vfork();
  if (pid == 0)
    ExecCommand(command, directory.c_str(), argv.data(), env.data(), output, &exec_error);
  if (pid < 0) {
    error = errno;
    return -1;
  }
  if (exec_error != 0) {
    error = exec_error;
    waitpid(pid, nullptr, 0);
    return -1;
  }
  return pid;
}

void RunSandboxInit(const SandboxSetup& setup, const SandboxCommand& command, int output,
                    int control, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int children = signalfd(-1, &signals, SFD_CLOEXEC);
  if (Status prepared = PrepareSandbox(setup, command); !prepared) {
    const bool overlay = prepared.error().kind == ErrorKind::kConflict;
    Report(report, MakeReply(overlay ? SandboxReply::Kind::kOverlayRefused
                                     : SandboxReply::Kind::kSetupFailed,
                             0, prepared.error().message));
  }
  const std::string directory =
      command.dir == "." ? setup.project_root : setup.project_root + "/" + command.dir;
  int error = 0;
  const pid_t pid = StartCommand(command, directory, output, error);
  close(output);
  if (pid < 0) Report(report, MakeReply(SandboxReply::Kind::kExecFailed, error));
  WaitAsInit(pid, children, control, report);
}

void SignalChildren(int signal) {
  for (pid_t child : ChildrenOf(getpid())) {
    kill(-child, signal);
    kill(child, signal);
  }
}

void KillDescendants() {
  while (true) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return;
    SignalChildren(SIGKILL);
    waitpid(-1, nullptr, 0);
  }
}

}  // namespace opsc
