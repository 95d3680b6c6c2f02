#include "runtime/kind/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/base/check.h"

namespace opsc {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  OPS_CHECK(epoll_ >= 0, "the kernel has no epoll");
}

EventLoop::~EventLoop() {
  close(epoll_);
}

bool EventLoop::Watch(int fd, uint32_t events, Ready ready) {
  const uint32_t generation = next_generation_++;
  epoll_event event{};
  event.events = events;
  event.data.u64 = uint64_t{generation} << 32 | static_cast<uint32_t>(fd);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  watched_[fd] = {generation, std::make_shared<const Ready>(std::move(ready))};
  return true;
}

void EventLoop::Forget(int fd) {
  if (watched_.erase(fd) == 0) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::After(std::chrono::nanoseconds delay, std::function<void()> action) {
  const TimerId id = next_timer_++;
  const Clock::time_point due = Clock::now() + delay;
  due_[id] = due;
  timers_[{due, id}] = std::move(action);
  return id;
}

void EventLoop::Cancel(TimerId timer) {
  const auto due = due_.find(timer);
  if (due == due_.end()) return;
  timers_.erase({due->second, timer});
  due_.erase(due);
}

int EventLoop::NextTimeout() const {
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first.first - Clock::now();
  if (left <= Clock::duration::zero()) return 0;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<int64_t>(milliseconds, 60'000));
}

void EventLoop::RunTimers() {
  const Clock::time_point now = Clock::now();
  while (running_ && !timers_.empty() && timers_.begin()->first.first <= now) {
    const auto first = timers_.begin();
    const std::function<void()> action = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
    action();
  }
}

void EventLoop::Run() {
  running_ = true;
  std::array<epoll_event, 64> events;
  while (running_) {
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), NextTimeout());
    OPS_CHECK(count >= 0 || errno == EINTR, "epoll_wait failed");
    for (int i = 0; i < count && running_; ++i) {
      const uint64_t data = events[static_cast<size_t>(i)].data.u64;
      const auto found = watched_.find(static_cast<int>(static_cast<uint32_t>(data)));
      if (found == watched_.end() || found->second.generation != data >> 32) continue;
      const std::shared_ptr<const Ready> ready = found->second.ready;
      (*ready)(events[static_cast<size_t>(i)].events);
    }
    RunTimers();
  }
}

}  // namespace opsc
