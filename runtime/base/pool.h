// Things that are kept to be used again.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace opsc {

// Things that are costly to make and of use to one thread at a time. As many are kept as were ever
// used at once. Thread-safe.
template <typename T>
class Pool {
  struct GiveBack {
    Pool* pool = nullptr;
    void operator()(T* thing) const { pool->Keep(thing); }
  };

 public:
  // A thing that is given back at the end of a scope. The pool outlives it.
  using Lease = std::unique_ptr<T, GiveBack>;

  // One that is kept, or what `make` gives, a unique_ptr.
  template <typename Make>
  Lease Take(Make&& make) {
    {
      const std::lock_guard lock(mutex_);
      if (!kept_.empty()) {
        Lease lease(kept_.back().release(), GiveBack{this});
        kept_.pop_back();
        return lease;
      }
    }
    return Lease(std::forward<Make>(make)().release(), GiveBack{this});
  }
  Lease Take() {
    return Take([] { return std::make_unique<T>(); });
  }

 private:
  void Keep(T* thing) {
    std::unique_ptr<T> owned(thing);
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(owned));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> kept_;
};

}  // namespace opsc
