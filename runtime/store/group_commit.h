// Group commit: requests of many threads become durable in one transaction.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Leader and followers: the first thread that finds nobody committing takes all waiting requests
// and commits them together; the others sleep until their own is durable. Before it commits, a
// leader waits a moment (at most a quarter of what the last commit took) for the threads that the
// last commit released, so that they do not miss each other by turns. A lone thread never waits.
template <typename Request>
class GroupCommit {
 public:
  // Makes a batch durable and sets the `status` of each of its requests.
  using CommitBatch = std::function<void(const std::vector<Request*>&)>;

  explicit GroupCommit(CommitBatch commit) : commit_(std::move(commit)) {}

  // Returns when `request` was part of a batch.
  void Run(Request& request) {
    std::unique_lock lock(mutex_);
    Waiting own{&request};
    waiting_.push_back(&own);
    arrived_.notify_one();
    released_.wait(lock, [&] { return own.done || !leading_; });
    if (!own.done) Lead(lock);
  }

 private:
  struct Waiting {
    Request* request;
    bool done = false;
  };

  void Lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    arrived_.wait_for(lock, patience_, [&] { return waiting_.size() >= expected_; });
    std::vector<Waiting*> batch = std::exchange(waiting_, {});
    lock.unlock();
    auto start = std::chrono::steady_clock::now();
    std::vector<Request*> requests;
    for (Waiting* waiting : batch) requests.push_back(waiting->request);
    commit_(requests);
    auto took = std::chrono::steady_clock::now() - start;
    lock.lock();
    for (Waiting* waiting : batch) waiting->done = true;
    expected_ = batch.size() + waiting_.size();
    patience_ = std::min<std::chrono::nanoseconds>(took / 4, std::chrono::milliseconds(2));
    leading_ = false;
    released_.notify_all();
  }

  CommitBatch commit_;
  std::mutex mutex_;
  std::condition_variable arrived_;   // a request, for the leader
  std::condition_variable released_;  // a batch is done, for the followers
  std::vector<Waiting*> waiting_;
  bool leading_ = false;
  size_t expected_ = 1;  // threads that wrote at the same time lately
  std::chrono::nanoseconds patience_{0};
};

}  // namespace opsc
