#include "runtime/exec/command_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBlock = 64 * 1024;
constexpr int kPipeSize = 256 * 1024;
// After the end of an unsandboxed command, something that hid from us may hold its output open.
constexpr int kDrainMilliseconds = 500;

// An owned descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// When what happens next to a command that is to be stopped.
struct Deadlines {
  std::optional<Clock::time_point> timeout;
  std::optional<Clock::time_point> kill;

  int PollTimeout(Clock::time_point now) const {
    std::optional<Clock::time_point> next = kill ? kill : timeout;
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - now).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 1 << 30));
  }
};

// False at the end of the stream.
bool ReadOutput(int fd, char* block, TaskLog& log) {
  const ssize_t n = read(fd, block, kBlock);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  log.Feed({block, static_cast<size_t>(n)});
  return true;
}

void Drain(int fd, char* block, TaskLog& log) {
  pollfd output{.fd = fd, .events = POLLIN, .revents = 0};
  while (poll(&output, 1, kDrainMilliseconds) > 0 && ReadOutput(fd, block, log)) {
  }
}

void WatchChild(SandboxHelper& helper, int output, int stop_event, Deadlines deadlines,
                TaskLog& log, CommandEnd& end) {
  const auto block = std::make_unique_for_overwrite<char[]>(kBlock);
  pollfd fds[] = {{.fd = output, .events = POLLIN, .revents = 0},
                  {.fd = helper.fd(), .events = POLLIN, .revents = 0},
                  {.fd = stop_event, .events = POLLIN, .revents = 0}};
  while (true) {
    const int ready = poll(fds, 3, deadlines.PollTimeout(Clock::now()));
    if (ready < 0) continue;
    const auto now = Clock::now();
    if (fds[0].revents != 0 && !ReadOutput(output, block.get(), log)) fds[0].fd = -1;
    if (fds[1].revents != 0) {
      end.outcome = helper.TakeOutcome();
      if (fds[0].fd >= 0) Drain(output, block.get(), log);
      return;
    }
    const bool stopped = fds[2].revents != 0;
    const bool late = deadlines.timeout && !deadlines.kill && now >= *deadlines.timeout;
    if ((stopped || late) && !deadlines.kill) {
      (stopped ? end.cancelled : end.timed_out) = true;
      fds[2].fd = -1;
      helper.Terminate();
      deadlines.kill = now + kGrace;
    } else if (deadlines.kill && now >= *deadlines.kill) {
      helper.Kill();
      deadlines.kill = now + kGrace;  // until the helper says that it is done
    }
  }
}

}  // namespace

Result<CommandEnd> RunCommand(SandboxHelper& helper, const SandboxCommand& command, TaskLog& log,
                              int64_t timeout_ns, std::stop_token stop) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("cannot make a pipe", errno);
  Descriptor output(ends[0]), input(ends[1]);
  (void)fcntl(output.get(), F_SETPIPE_SZ, kPipeSize);
  Descriptor stop_event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [&] { (void)eventfd_write(stop_event.get(), 1); });
  const auto begin = Clock::now();
  OPS_TRY(helper.Run(command, input.get()));
  input.Close();
  Deadlines deadlines;
  if (timeout_ns > 0) deadlines.timeout = begin + std::chrono::nanoseconds(timeout_ns);
  CommandEnd end;
  WatchChild(helper, output.get(), stop_event.get(), deadlines, log, end);
  log.Finish();
  end.duration = Clock::now() - begin;
  return end;
}

}  // namespace opsc
