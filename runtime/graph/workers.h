// Threads for calls that wait: on disks, processes, networks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace opsc {

// A pool of at most `limit` threads, started when there is work for them. The destructor finishes
// all jobs that were given. Jobs must not throw.
class Workers {
 public:
  using Job = std::function<void()>;

  explicit Workers(size_t limit) : limit_(limit) {}
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void Give(Job job);
  // Calls `job(0) … job(count - 1)`, some of them at the same time, and returns after the last. The
  // calling thread takes part, and other threads only once it shows that the jobs are not tiny.
  void ForEach(size_t count, const std::function<void(size_t)>& job);

 private:
  void Work();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  size_t idle_ = 0;
  bool closing_ = false;
  std::vector<std::jthread> threads_;
};

// What workers hand back to the one thread that decides.
template <typename T>
class Inbox {
 public:
  void Put(T item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    if (items_.size() == 1) arrived_.notify_one();
  }
  // All that has arrived; waits for the first until `deadline`, then gives none.
  std::vector<T> Take(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    arrived_.wait_until(lock, deadline, [&] { return !items_.empty(); });
    return std::exchange(items_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<T> items_;
};

}  // namespace opsc
