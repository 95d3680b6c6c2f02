#include "compiler/driver/cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "compiler/driver/cli/session.h"
#include "runtime/base/check.h"

namespace opsc {
namespace {

// A handler can reach nothing but a global: the write end of the pipe that the thread below reads.
std::atomic<int> signal_pipe{-1};

void OnSignal(int number) {
  int saved = errno;
  char byte = number == SIGHUP ? 'h' : 's';
  [[maybe_unused]] ssize_t written = write(signal_pipe.load(), &byte, 1);
  errno = saved;
}

void Nothing(int) {}

void Handle(int number, void (*handler)(int), struct sigaction* previous) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, previous);
}

}  // namespace

struct StopOnSignal::Impl {
  int read_end = -1;
  int write_end = -1;
  std::stop_source stop;
  std::atomic<bool> late{false};
  std::optional<std::chrono::steady_clock::time_point> deadline;
  struct sigaction old_int{}, old_term{}, old_hup{};
  std::function<void()> on_hangup;
  std::thread thread;

  int WaitMilliseconds() const {
    if (!deadline || late) return -1;
    auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1'000'000'000));
  }

  void Watch() {
    bool signalled = false;
    for (;;) {
      pollfd wait{read_end, POLLIN, 0};
      int ready = poll(&wait, 1, WaitMilliseconds());
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0) {
        late = true;
        stop.request_stop();
        continue;
      }
      char byte = 0;
      if (read(read_end, &byte, 1) != 1 || byte == 'q') return;
      if (byte == 'h' && on_hangup) {
        on_hangup();
        continue;
      }
      if (signalled) _exit(kExitInterrupted);
      signalled = true;
      WriteErr("\nstopping; once more to stop at once\n");
      stop.request_stop();
    }
  }
};

void IgnoreClosedPipes() {
  Handle(SIGPIPE, Nothing, nullptr);
}

StopOnSignal::StopOnSignal(std::optional<std::chrono::nanoseconds> deadline,
                           std::function<void()> on_hangup)
    : impl_(std::make_unique<Impl>()) {
  impl_->on_hangup = std::move(on_hangup);
  OPS_CHECK(signal_pipe.load() < 0, "one StopOnSignal at a time");
  int ends[2];
  OPS_CHECK(pipe2(ends, O_CLOEXEC) == 0, "no file descriptor left for a pipe");
  impl_->read_end = ends[0];
  impl_->write_end = ends[1];
  if (deadline) impl_->deadline = std::chrono::steady_clock::now() + *deadline;
  signal_pipe = impl_->write_end;
  Handle(SIGINT, OnSignal, &impl_->old_int);
  Handle(SIGTERM, OnSignal, &impl_->old_term);
  Handle(SIGHUP, OnSignal, &impl_->old_hup);
  impl_->thread = std::thread([impl = impl_.get()] { impl->Watch(); });
}

StopOnSignal::~StopOnSignal() {
  sigaction(SIGINT, &impl_->old_int, nullptr);
  sigaction(SIGTERM, &impl_->old_term, nullptr);
  sigaction(SIGHUP, &impl_->old_hup, nullptr);
  [[maybe_unused]] ssize_t written = write(impl_->write_end, "q", 1);
  impl_->thread.join();
  signal_pipe = -1;
  close(impl_->read_end);
  close(impl_->write_end);
}

std::stop_token StopOnSignal::token() const {
  return impl_->stop.get_token();
}
bool StopOnSignal::deadline_passed() const {
  return impl_->late;
}

}  // namespace opsc
