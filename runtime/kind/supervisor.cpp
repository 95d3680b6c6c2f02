#include "runtime/kind/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "runtime/kind/control_server.h"
#include "runtime/kind/event_loop.h"
#include "runtime/kind/rollout.h"
#include "runtime/kind/service_log.h"
#include "runtime/kind/service_spec.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr std::chrono::seconds kUnusedAfter(30);

// Raises the soft limit of open files to the hard one; the soft limit that was.
uint64_t RaiseOpenFiles() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  const rlim_t before = files.rlim_cur;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return before;
}

Value Text(std::string_view text) {
  return Value::String(text);
}

Value OutcomeValue(const Outcome& outcome) {
  return Value::Record({{Symbol("known"), Value::Bool(true)},
                        {Symbol("token"), Text(outcome.token)},
                        {Symbol("ok"), Value::Bool(outcome.ok)},
                        {Symbol("message"), Text(outcome.message)},
                        {Symbol("hint"), Text(outcome.hint)}});
}

// The daemon. Its working directory is the service's.
class Supervisor {
 public:
  Supervisor()
      : log_("service.log"),
        rollout_(&loop_, &log_, RaiseOpenFiles()),
        control_(&loop_, [this](const Value& request, const ControlServer::Reply& reply) {
          Handle(request, reply);
        }) {}

  Status Open() {
    rollout_.on_change = [this] { Record(); };
    WatchSignals();
    return control_.Listen("control");
  }

  void Run() {
    log_.Note(fmt::format("supervisor {} is here", getpid()));
    EndIfUnused();
    loop_.Run();
    log_.Note(fmt::format("supervisor {} ends", getpid()));
  }

 private:
  void Handle(const Value& request, const ControlServer::Reply& reply) {
    const std::string op = TextField(request, "op");
    if (op == "apply") return Apply(request, reply);
    if (op == "status") return reply(StatusValue());
    if (op == "stop") {
      return rollout_.Shutdown([this, reply] {
        reply(Value::Record({{Symbol("ok"), Value::Bool(true)}}));
        loop_.Stop();
      });
    }
    const std::string token = TextField(request, "token");
    if (op == "cancel") {
      rollout_.Cancel(token);
      return reply(StatusValue());
    }
    const auto done = [reply](const Outcome& outcome) { reply(OutcomeValue(outcome)); };
    if (op == "await" && rollout_.Await(token, done)) return;
    reply(Value::Record({{Symbol("known"), Value::Bool(false)}}));
  }

  void Apply(const Value& request, const ControlServer::Reply& reply) {
    Result<ServiceSpec> spec = DecodeSpec(FieldOf(request, "spec"));
    if (!spec) return reply(OutcomeValue({"", false, spec.error().message, ""}));
    address_ = spec->address;
    rollout_.Apply(std::move(*spec), [this, reply](const Outcome& outcome) {
      reply(OutcomeValue(outcome));
      // A first version that failed leaves nothing behind, not even its supervisor.
      if (!outcome.ok) EndIfIdle();
    });
  }

  void EndIfIdle() {
    loop_.After(std::chrono::nanoseconds(0), [this] {
      if (rollout_.idle()) loop_.Stop();
    });
  }

  // Whoever started it may have died before it asked for anything.
  void EndIfUnused() {
    loop_.After(kUnusedAfter, [this] {
      if (rollout_.idle() && control_.clients() == 0) return loop_.Stop();
      if (rollout_.in_charge() == nullptr) EndIfUnused();
    });
  }

  Value StatusValue() const {
    const Version* version = rollout_.in_charge();
    const bool running = version != nullptr && version->running();
    std::vector<Field> fields{{Symbol("format"), Text("opsc.service/1")},
                              {Symbol("address"), Text(address_)},
                              {Symbol("supervisor"), Value::Int(getpid())},
                              {Symbol("running"), Value::Bool(running)},
                              {Symbol("ready"), Value::Bool(running && version->ready())},
                              {Symbol("pid"), Value::Int(running ? version->pid() : 0)},
                              {Symbol("port"), Value::Int(rollout_.port())},
                              {Symbol("restarts"), Value::Int(rollout_.restarts())},
                              {Symbol("busy"), Value::Bool(rollout_.busy())}};
    if (version != nullptr) {
      fields.emplace_back(Symbol("token"), Text(version->spec().token));
      fields.emplace_back(Symbol("version"), Text(version->spec().version));
      fields.emplace_back(Symbol("version_port"), Value::Int(version->port()));
      fields.emplace_back(Symbol("problem"), Text(version->Problem()));
    }
    if (rollout_.last() != nullptr)
      fields.emplace_back(Symbol("last"), OutcomeValue(*rollout_.last()));
    return Value::Record(std::move(fields));
  }

  // For people and for the time after its death: the running supervisor is asked, not this file.
  void Record() {
    const std::string text = ToJson(StatusValue(), SecretPolicy::kRedact, 2) + "\n";
    FILE* file = std::fopen("state.json.new", "we");
    if (file == nullptr) return;
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) == 0 && written) std::rename("state.json.new", "state.json");
  }

  void WatchSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    (void)loop_.Watch(fd, EPOLLIN, [this, fd](uint32_t) {
      signalfd_siginfo info;
      while (read(fd, &info, sizeof info) == sizeof info)
        OnSignal(static_cast<int>(info.ssi_signo));
    });
  }

  void OnSignal(int number) {
    if (number == SIGTERM || number == SIGINT) {
      log_.Note("asked to end by a signal");
      return rollout_.Shutdown([this] { loop_.Stop(); });
    }
    if (number != SIGCHLD) return;
    bool keeper_killed = false;
    int status = 0;
    while (waitpid(-1, &status, WNOHANG) > 0) keeper_killed = keeper_killed || WIFSIGNALED(status);
    // A keeper that was killed leaves its tree to us.
    if (keeper_killed) KillOrphans();
  }

  void KillOrphans() {
    if (KillDescendants(getpid(), rollout_.keepers()) == 0) return;
    loop_.After(std::chrono::milliseconds(5), [this] { KillOrphans(); });
  }

  EventLoop loop_;
  ServiceLog log_;
  Rollout rollout_;
  ControlServer control_;
  std::string address_;
};

// --- becoming a daemon ------------------------------------------------------------------------

// Says to the process that started us how it went: empty is well.
void Report(int pipe, std::string_view problem) {
  (void)!write(pipe, problem.data(), problem.size());
  close(pipe);
}

// Whoever held the lock before us may have removed the directory.
bool IsStillThere(int lock) {
  struct stat mine{};
  struct stat named{};
  return fstat(lock, &mine) == 0 && stat("lock", &named) == 0 && mine.st_ino == named.st_ino;
}

[[noreturn]] void RunDaemon(const std::string& dir, int report) {
  if (chdir(dir.c_str()) != 0) {
    Report(report, fmt::format("cannot enter {}: {}", dir, std::strerror(errno)));
    _exit(1);
  }
  const int lock = open("lock", O_RDWR | O_CLOEXEC);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0 || !IsStillThere(lock)) {
    Report(report, errno == EWOULDBLOCK
                       ? ""
                       : fmt::format("cannot lock {}: {}", dir, std::strerror(errno)));
    _exit(0);
  }
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  prctl(PR_SET_NAME, "opsc-supervise");
  int code = 1;
  {
    Supervisor supervisor;
    if (const Status opened = supervisor.Open(); !opened) {
      Report(report, opened.error().message);
    } else {
      const std::string pid = std::to_string(getpid()) + "\n";
      (void)!ftruncate(lock, 0);
      (void)!write(lock, pid.data(), pid.size());  // `lock` is the pid file, too
      Report(report, "");
      supervisor.Run();
      code = 0;
    }
  }
  unlink("control");
  // Nobody is left below us but keepers on their last step: not even as a zombie for pid 1.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  _exit(code);
}

}  // namespace

int SuperviseMain(const std::string& dir) {
  close_range(STDERR_FILENO + 1, ~0U, 0);
  std::array<int, 2> report;
  if (pipe2(report.data(), O_CLOEXEC) != 0) return 1;
  const pid_t first = fork();
  if (first == 0) {
    setsid();
    const pid_t second = fork();
    if (second == 0) RunDaemon(dir, report[1]);
    _exit(second < 0 ? 1 : 0);
  }
  close(report[1]);
  std::string problem;
  std::array<char, 512> bytes;
  for (ssize_t n; (n = read(report[0], bytes.data(), bytes.size())) != 0;) {
    if (n > 0)
      problem.append(bytes.data(), static_cast<size_t>(n));
    else if (errno != EINTR)
      break;
  }
  int status = 1;
  waitpid(first, &status, 0);
  if (first < 0 || status != 0) problem = "cannot start a process";
  if (problem.empty()) return 0;
  std::fprintf(stderr, "%s\n", problem.c_str());
  return 1;
}

}  // namespace opsc
