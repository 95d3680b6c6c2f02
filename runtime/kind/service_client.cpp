#include "runtime/kind/service_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "runtime/base/argv.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTick = 50;  // milliseconds between looks at the stop token

// A descriptor that is closed at the end of its scope.
class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Through /proc/self/fd, because the whole path may be longer than a socket's name can be.
// False: nobody listens.
bool ConnectTo(int socket, const std::string& dir) {
  const OwnedFd directory(open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return false;
  const std::string path = fmt::format("/proc/self/fd/{}/control", directory.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Reads to the end of the connection; empty where it ended without an answer.
Result<std::string> ReadAnswer(int socket, const AskOptions& options) {
  const Clock::time_point deadline = Clock::now() + options.timeout;
  std::string answer;
  std::array<char, 16384> bytes;
  while (true) {
    pollfd waiting{socket, POLLIN, 0};
    if (poll(&waiting, 1, kTick) > 0) {
      const ssize_t n = recv(socket, bytes.data(), bytes.size(), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return answer;
      answer.append(bytes.data(), static_cast<size_t>(n));
      continue;
    }
    if (options.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "cancelled");
    if (Clock::now() > deadline) {
      return Fail(ErrorKind::kCancelled, "the supervisor of the service did not answer in time");
    }
  }
}

}  // namespace

Result<std::optional<Value>> AskSupervisor(const std::string& dir, const Value& request,
                                           const AskOptions& options) {
  const OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return FailErrno("cannot make a socket", errno);
  if (!ConnectTo(socket.get(), dir)) return std::nullopt;
  // What is sent may hold secrets; it goes to our own daemon through a socket only we may open.
  if (!SendAll(socket.get(), ToJson(request, SecretPolicy::kReveal) + "\n")) return std::nullopt;
  OPS_ASSIGN(const std::string answer, ReadAnswer(socket.get(), options));
  if (answer.empty()) return std::nullopt;
  OPS_ASSIGN(Value value, FromJson(answer));
  return value;
}

Status StartSupervisor(const KindContext& context, const std::string& dir) {
  // Made here and never by the supervisor: one that comes up while the directory is being removed
  // must not put it there again.
  const OwnedFd lock(open((dir + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return FailErrno("cannot write to " + dir, errno);
  std::vector<std::string> env;
  for (const char* name : {"PATH", "HOME", "LANG"}) {
    if (const auto value = context.env->Variable(name))
      env.push_back(fmt::format("{}={}", name, *value));
  }
  std::vector<char*> envp = ArgvOf(env);
  std::string exe = context.self_exe;
  std::string command = "__supervise";
  std::string directory = dir;
  const std::array<char*, 4> argv{exe.data(), command.data(), directory.data(), nullptr};
  std::array<int, 2> errors;
  if (pipe2(errors.data(), O_CLOEXEC) != 0) return FailErrno("cannot make a pipe", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, exe.c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(errors[1]);
  std::string problem;
  std::array<char, 512> bytes;
  for (ssize_t n; (n = read(errors[0], bytes.data(), bytes.size())) > 0;) {
    problem.append(bytes.data(), static_cast<size_t>(n));
  }
  close(errors[0]);
  if (error != 0) return FailErrno(fmt::format("cannot start the supervisor {}", exe), error);
  int status = 0;
  waitpid(pid, &status, 0);
  if (status == 0) return {};
  while (problem.ends_with('\n')) problem.pop_back();
  return Fail(ErrorKind::kEnvironment,
              fmt::format("the supervisor of the service could not be started: {}", problem));
}

Status WithoutSupervisor(const std::string& dir, std::chrono::nanoseconds timeout,
                         const std::function<Status()>& action) {
  const OwnedFd lock(open((dir + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) {
    return errno == ENOENT ? action() : Status(FailErrno("cannot lock " + dir, errno));
  }
  const Clock::time_point deadline = Clock::now() + timeout;
  const Value stop = Value::Record({{Symbol("op"), Value::String("stop")}});
  while (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    OPS_TRY(AskSupervisor(dir, stop, {.timeout = timeout, .stop = {}}));
    if (Clock::now() > deadline) {
      return Fail(ErrorKind::kEnvironment, fmt::format("the supervisor of {} does not end", dir),
                  "end it by hand: its process id is in the file `lock` there");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return action();
}

}  // namespace opsc
