// One thread that waits for descriptors and clocks (epoll(7)): the heart of a supervisor.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace opsc {

// Calls back when a descriptor is ready or a time has come. Not thread-safe. Callbacks may watch,
// forget and cancel anything, also themselves.
class EventLoop {
 public:
  using TimerId = uint64_t;  // 0: none
  using Ready = std::function<void(uint32_t events)>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // `events` as in epoll_ctl(2). The descriptor stays the caller's, who forgets it before closing
  // it. False where the kernel has no room for another one.
  [[nodiscard]] bool Watch(int fd, uint32_t events, Ready ready);
  void Forget(int fd);  // unknown: nothing

  TimerId After(std::chrono::nanoseconds delay, std::function<void()> action);
  void Cancel(TimerId timer);  // expired or 0: nothing

  void Run();  // until Stop
  void Stop() { running_ = false; }

 private:
  struct Watched {
    uint32_t generation = 0;  // tells a reused descriptor from the one an old event is about
    std::shared_ptr<const Ready> ready;  // shared with a call of it that is going on
  };
  using Clock = std::chrono::steady_clock;

  int NextTimeout() const;  // milliseconds, as epoll_wait(2) takes them
  void RunTimers();

  int epoll_;
  bool running_ = false;
  uint32_t next_generation_ = 1;
  TimerId next_timer_ = 1;
  std::unordered_map<int, Watched> watched_;
  std::map<std::pair<Clock::time_point, TimerId>, std::function<void()>> timers_;
  std::unordered_map<TimerId, Clock::time_point> due_;
};

}  // namespace opsc
