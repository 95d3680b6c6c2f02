// Threads for connections: one each, as cpp-httplib works.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace opsc {

// Starts threads as connections come, up to `limit`; more connections wait for one that ends. An
// open connection costs a thread, not a place among the requests that are computed (admission.h).
class ConnectionThreads : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(size_t limit) : limit_(limit) {}

  void enqueue(std::function<void()> connection) override;
  void shutdown() override;

 private:
  void Work();

  size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace opsc
