#include "runtime/kind/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/argv.h"

namespace opsc {
namespace {

constexpr int kControl = 3;  // fixed numbers, so that everything above can be closed
constexpr int kSignals = 4;

void Tell(KeeperReport::Type type, int value) {
  const KeeperReport report{type, value};
  (void)!send(kControl, &report, sizeof report, MSG_NOSIGNAL);
}

void DevNullAs(int fd) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || null == fd) return;
  dup2(null, fd);
  close(null);
}

// Leaves nothing of the supervisor open: neither its lock nor its sockets may outlive it here.
void KeepOnly(const KeeperChannels& channels) {
  const int control = fcntl(channels.control, F_DUPFD_CLOEXEC, 100);
  const int output = fcntl(channels.output, F_DUPFD_CLOEXEC, 100);
  DevNullAs(STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  dup3(control, kControl, O_CLOEXEC);
  close_range(kControl + 1, ~0U, 0);
}

[[noreturn]] void RunCommand(const TreeCommand& command, pid_t keeper) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(127);
  rlimit files{};
  if (command.open_files > 0 && getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = std::min(command.open_files, files.rlim_max);
    setrlimit(RLIMIT_NOFILE, &files);
  }
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env;
  env.reserve(command.env.size());
  for (const auto& [name, value] : command.env) env.emplace_back(name).append("=").append(value);
  std::vector<char*> env_pointers = ArgvOf(env);
  environ = env_pointers.data();
  if (chdir(command.dir.c_str()) == 0) execvp(argv[0].c_str(), ArgvOf(argv).data());
  Tell(KeeperReport::kNotStarted, errno);
  _exit(127);
}

// Until nobody is left: what forks meanwhile is met in the next round.
void KillAll() {
  while (true) {
    pid_t reaped = 0;
    while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0 && errno == ECHILD) return;
    KillDescendants(getpid(), {});
    usleep(1000);
  }
}

// The status of `command` if it has ended; reaps whoever else has.
bool Reap(pid_t command, int& status) {
  bool ended = false;
  int one = 0;
  for (pid_t pid; (pid = waitpid(-1, &one, WNOHANG)) > 0;) {
    if (pid != command) continue;
    status = one;
    ended = true;
  }
  return ended;
}

void Obey(pid_t command, char order) {
  if (order == kKeeperTerminate) kill(-command, SIGTERM);
  if (order == kKeeperKill) KillDescendants(getpid(), {});
}

// Waits for the end of the command or of the supervisor; the command's status.
int AwaitEnd(pid_t command) {
  int status = SIGKILL;
  std::array<pollfd, 2> waiting{pollfd{kControl, POLLIN, 0}, pollfd{kSignals, POLLIN, 0}};
  while (!Reap(command, status)) {
    poll(waiting.data(), waiting.size(), -1);
    if (waiting[1].revents != 0) {
      signalfd_siginfo info;
      (void)!read(kSignals, &info, sizeof info);
    }
    if (waiting[0].revents == 0) continue;
    char order = 0;
    const ssize_t n = recv(kControl, &order, 1, 0);
    if (n == 0 || (n < 0 && errno != EINTR)) return status;  // the supervisor is gone
    if (n == 1) Obey(command, order);
  }
  return status;
}

}  // namespace

void RunKeeper(const TreeCommand& command, KeeperChannels channels) {
  KeepOnly(channels);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  signalfd(-1, &child, SFD_CLOEXEC);  // becomes kSignals: the lowest free number
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "opsc-keeper");
  setsid();
  const pid_t self = getpid();
  const pid_t pid = fork();
  if (pid == 0) RunCommand(command, self);
  const int fork_error = errno;
  if (pid > 0) setpgid(pid, pid);  // here too: an order may come before the child has run
  DevNullAs(STDOUT_FILENO);
  DevNullAs(STDERR_FILENO);
  if (pid < 0) {
    Tell(KeeperReport::kNotStarted, fork_error);
    _exit(1);
  }
  Tell(KeeperReport::kStarted, pid);
  const int status = AwaitEnd(pid);
  KillAll();
  if (WIFEXITED(status))
    Tell(KeeperReport::kExited, WEXITSTATUS(status));
  else
    Tell(KeeperReport::kSignalled, WTERMSIG(status));
  _exit(0);
}

}  // namespace opsc
