// The helper process: this very binary, started under another name. It has one thread, so that it
// may fork, mount and wait as it likes, and little memory, so that forking is cheap.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runtime/base/argv.h"
#include "runtime/exec/sandbox_init.h"
#include "runtime/exec/sandbox_root.h"
#include "runtime/exec/sandbox_wire.h"

namespace opsc {
namespace {

int OpenProcess(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

// Process 1 of a new sandbox, seen from the helper.
struct Init {
  pid_t pid = -1;
  int process = -1;  // pidfd
  int control = -1;
  int report = -1;
};

Init StartInit(const SandboxSetup& setup, const SandboxCommand& command, int output) {
  int control[2], report[2];
  if (pipe2(control, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) return {};
  const unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_PIDFD | SIGCHLD |
                              (command.network ? 0 : CLONE_NEWNET);
  int process = -1;
  const auto pid =
      static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, &process, nullptr, nullptr));
  if (pid == 0) {
    close(kHelperChannel);
    close(control[1]);
    close(report[0]);
    RunSandboxInit(setup, command, output, control[0], report[1]);
  }
  close(control[0]);
  close(report[1]);
  if (pid < 0) {
    close(control[1]);
    close(report[0]);
    return {};
  }
  return {pid, process, control[1], report[0]};
}

// Waits until `process` ends; passes signals on. False: opsc is gone.
template <typename OnSignal>
bool WatchUntilEnd(int process, const OnSignal& on_signal) {
  pollfd fds[] = {{.fd = process, .events = POLLIN, .revents = 0},
                  {.fd = kHelperChannel, .events = POLLIN, .revents = 0}};
  while (true) {
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[0].revents != 0) return true;
    if (fds[1].revents == 0) continue;
    char signal = 0;
    if (read(kHelperChannel, &signal, 1) <= 0) {
      on_signal(kKill);
      return false;
    }
    on_signal(signal);
  }
}

SandboxReply RunIsolated(const SandboxSetup& setup, const SandboxCommand& command, int output) {
  const Init init = StartInit(setup, command, output);
  const int start_error = errno;
  close(output);
  if (init.pid < 0) {
    return MakeReply(SandboxReply::Kind::kSetupFailed, start_error,
                     std::string("the kernel refuses namespaces: ") + std::strerror(start_error));
  }
  const bool alive = WatchUntilEnd(init.process, [&](char signal) {
    if (signal == kKill) kill(init.pid, SIGKILL);
    if (signal == kTerminate) (void)!write(init.control, &signal, 1);
  });
  int status = 0;
  waitpid(init.pid, &status, 0);
  if (!alive) _exit(0);
  auto reply = ReadReply(init.report);
  for (int fd : {init.process, init.control, init.report}) close(fd);
  // Process 1 was killed: as if the command had been.
  return reply ? *reply : MakeReply(SandboxReply::Kind::kExited, SIGKILL);
}

SandboxReply RunPlain(const SandboxCommand& command, int output) {
  int error = 0;
  const std::string directory =
      command.dir == "." ? command.workspace : command.workspace + "/" + command.dir;
  const pid_t pid = StartCommand(command, directory, output, error);
  close(output);
  if (pid < 0) return MakeReply(SandboxReply::Kind::kExecFailed, error);
  const int process = OpenProcess(pid);
  const bool alive = WatchUntilEnd(process, [&](char signal) {
    if (signal == kKill) {
      SignalChildren(SIGKILL);
    } else {
      SignalChildren(SIGTERM);
    }
  });
  int status = 0;
  waitpid(pid, &status, 0);
  close(process);
  KillDescendants();
  if (!alive) _exit(0);
  return MakeReply(SandboxReply::Kind::kExited, status);
}

SandboxReply SetUp(const SandboxSetup& setup) {
  if (!setup.namespaces) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return MakeReply(SandboxReply::Kind::kReady, 0);
  }
  if (Status built = BuildSharedRoot(setup); !built) {
    return MakeReply(SandboxReply::Kind::kRefused, 0, built.error().message);
  }
  return MakeReply(SandboxReply::Kind::kReady, 0);
}

[[noreturn]] void RunHelper() {
  prctl(PR_SET_NAME, kHelperName, 0, 0, 0);
  fcntl(kHelperChannel, F_SETFD, FD_CLOEXEC);
  int descriptor = -1;
  const auto first = ReceiveFrame(kHelperChannel, descriptor);
  const auto setup = first ? DecodeSetup(*first) : std::nullopt;
  if (!setup) _exit(1);
  const SandboxReply ready = SetUp(*setup);
  if (!WriteReply(kHelperChannel, ready) || ready.kind != SandboxReply::Kind::kReady) _exit(1);
  while (const auto request = ReceiveFrame(kHelperChannel, descriptor)) {
    const auto command = DecodeCommand(*request);
    if (!command || descriptor < 0) _exit(1);
    const SandboxReply reply = setup->namespaces ? RunIsolated(*setup, *command, descriptor)
                                                 : RunPlain(*command, descriptor);
    if (!WriteReply(kHelperChannel, reply)) _exit(0);
  }
  _exit(0);
}

// Runs before main in every program that can start helpers, so that none of them needs a line for
// it in its own main. The name cannot come from a user: a shell starts opsc under its path.
__attribute__((constructor)) void BecomeHelperIfAsked(int argc, char** argv, char**) {
  if (argc == 1 && std::strcmp(argv[0], kHelperName) == 0) RunHelper();
}

}  // namespace

Result<pid_t> SpawnHelper(int channel) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, channel, kHelperChannel);
  posix_spawn_file_actions_addclosefrom_np(&actions, kHelperChannel + 1);
  for (int fd = 0; fd < 3; ++fd) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  // The environment of opsc may hold what no task should find in /proc.
  std::vector<std::string> kept;
  for (const char* name : {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) kept.push_back(std::string(name) + "=" + value);
  }
  std::vector<char*> env = ArgvOf(kept);
  std::string name = kHelperName;
  char* argv[] = {name.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, env.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return FailErrno("cannot start the sandbox helper", error);
  return pid;
}

}  // namespace opsc
