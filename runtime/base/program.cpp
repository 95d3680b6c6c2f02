#include "runtime/base/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "runtime/base/argv.h"

namespace opsc {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(50);  // between two looks at the stop token

// A file descriptor that is closed at the end.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Close(); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Pipe {
  Fd read, write;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("cannot make a pipe", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> Environment(const ProgramCall& call) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    bool replaced = std::ranges::any_of(call.variables, [&](const auto& variable) {
      return text.starts_with(variable.first + "=");
    });
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : call.variables) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

// A child with its ends of the three pipes.
struct Child {
  pid_t pid = -1;
  Fd in, out, err;
};

Result<Child> Spawn(const ProgramCall& call) {
  OPS_ASSIGN(Pipe in, MakePipe());
  OPS_ASSIGN(Pipe out, MakePipe());
  OPS_ASSIGN(Pipe err, MakePipe());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> argv = call.argv, environment = Environment(call);
  Child child;
  int error = posix_spawnp(&child.pid, argv[0].c_str(), &actions, &attributes, ArgvOf(argv).data(),
                           ArgvOf(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    return Fail(ErrorKind::kEnvironment, "the program `" + call.argv[0] + "` is not installed",
                "install it, or put it on PATH");
  }
  if (error != 0) return FailErrno("cannot start `" + call.argv[0] + "`", error);
  child.in = std::move(in.write);
  child.out = std::move(out.read);
  child.err = std::move(err.read);
  fcntl(child.in.get(), F_SETFL, O_NONBLOCK);
  return child;
}

void Feed(Fd& fd, std::string_view& rest) {
  ssize_t written = rest.empty() ? 0 : write(fd.get(), rest.data(), rest.size());
  if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  bool again = written < 0 && (errno == EAGAIN || errno == EINTR);
  if (rest.empty() || (written < 0 && !again)) fd.Close();
}

void Drain(Fd& fd, std::string& text, size_t max) {
  char buffer[16384];
  ssize_t count = read(fd.get(), buffer, sizeof buffer);
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) return fd.Close();
  text.append(buffer, std::min(static_cast<size_t>(count), max - std::min(max, text.size())));
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::unexpected<Error> Kill(const Child& child, Error error) {
  kill(-child.pid, SIGKILL);
  WaitFor(child.pid);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<ProgramEnd> RunProgram(const ProgramCall& call, const std::stop_token& stop) {
  OPS_ASSIGN(Child child, Spawn(call));
  auto deadline = std::chrono::steady_clock::now() + call.timeout;
  std::string_view input = call.input;
  ProgramEnd end;
  while (child.in.is_open() || child.out.is_open() || child.err.is_open()) {
    if (stop.stop_requested()) return Kill(child, {ErrorKind::kCancelled, "interrupted", ""});
    if (std::chrono::steady_clock::now() > deadline) {
      return Kill(child, {ErrorKind::kEnvironment, "`" + call.argv[0] + "` took too long", ""});
    }
    pollfd polled[3] = {
        {child.in.get(), POLLOUT, 0}, {child.out.get(), POLLIN, 0}, {child.err.get(), POLLIN, 0}};
    if (poll(polled, 3, static_cast<int>(kSlice.count())) <= 0) continue;
    if (polled[0].revents != 0) Feed(child.in, input);
    if (polled[1].revents != 0) Drain(child.out, end.out, call.max_output);
    if (polled[2].revents != 0) Drain(child.err, end.err, call.max_output);
  }
  end.exit_code = WaitFor(child.pid);
  return end;
}

}  // namespace opsc
