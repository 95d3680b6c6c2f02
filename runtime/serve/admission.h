// How many requests are computed at the same time: backpressure.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace opsc {

// At most `running` are in; at most `waiting` wait for their turn, none longer than `deadline`.
// Thread-safe.
class Admission {
 public:
  Admission(size_t running, size_t waiting, std::chrono::milliseconds deadline)
      : free_(running), may_wait_(waiting), deadline_(deadline) {}

  // A place, given back at the end of its scope; `in` is false where there was none in time.
  class Place {
   public:
    explicit Place(Admission& admission) : admission_(admission), in_(admission.Enter()) {}
    ~Place() {
      if (in_) admission_.Leave();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool in() const { return in_; }

   private:
    Admission& admission_;
    bool in_;
  };

 private:
  bool Enter() {
    std::unique_lock lock(mutex_);
    if (free_ == 0) {
      if (waiting_ >= may_wait_) return false;
      ++waiting_;
      const bool came = changed_.wait_for(lock, deadline_, [&] { return free_ > 0; });
      --waiting_;
      if (!came) return false;
    }
    --free_;
    return true;
  }
  void Leave() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  size_t free_;
  size_t may_wait_;
  size_t waiting_ = 0;
  std::chrono::milliseconds deadline_;
};

}  // namespace opsc
