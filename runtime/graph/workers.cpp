#include "runtime/graph/workers.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace opsc {
namespace {

// One ForEach: threads that come late find nothing left and touch nothing but this.
struct Batch {
  size_t count;
  const std::function<void(size_t)>* job;
  std::atomic<size_t> next{0};
  std::atomic<size_t> done{0};

  // Takes one index and does its job; false where none is left.
  bool DoOne() {
    size_t i = next.fetch_add(1);
    if (i >= count) return false;
    (*job)(i);
    if (done.fetch_add(1) + 1 == count) done.notify_all();
    return true;
  }
};

// What one job took.
struct Cost {
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds cpu{};  // of this thread

  // Further threads help such a job only as far as there are processors for them.
  bool computes() const { return 2 * cpu > wall; }
};

std::chrono::nanoseconds ThreadTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

template <typename Job>
Cost Measure(const Job& job) {
  auto start = std::chrono::steady_clock::now();
  auto cpu = ThreadTime();
  job();
  return {std::chrono::steady_clock::now() - start, ThreadTime() - cpu};
}

// How many threads to wake for `count` more jobs that cost what `first` did.
size_t UsefulHelpers(const Cost& first, size_t count) {
  constexpr auto kWorthWaking = std::chrono::microseconds(200);
  if (first.wall * static_cast<int64_t>(count) < kWorthWaking) return 0;
  if (!first.computes()) return count;
  return std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()) - 1);
}

}  // namespace

Workers::~Workers() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  threads_.clear();  // joins
}

void Workers::Give(Job job) {
  std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  if (jobs_.size() > idle_ && threads_.size() < limit_) {
    threads_.emplace_back([this] { Work(); });
  } else {
    wake_.notify_one();
  }
}

void Workers::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [&] { return closing_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

void Workers::ForEach(size_t count, const std::function<void(size_t)>& job) {
  if (count == 0) return;
  // Shared: a thread may still look at it after this call has returned.
  auto batch = std::make_shared<Batch>(count, &job);
  Cost first = Measure([&] { batch->DoOne(); });
  for (size_t i = 0; i < std::min(UsefulHelpers(first, count - 1), limit_); ++i) {
    Give([batch] {
      while (batch->DoOne()) {
      }
    });
  }
  while (batch->DoOne()) {
  }
  for (size_t done = batch->done.load(); done < count; done = batch->done.load()) {
    batch->done.wait(done);
  }
}

}  // namespace opsc
