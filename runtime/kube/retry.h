// When a call is tried again, and after how long. Internal to runtime/kube.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace opsc {

// Doubles from 50 ms to 5 s, a little different each time so that many clients do not come at once.
class Backoff {
 public:
  explicit Backoff(std::chrono::milliseconds patience)
      : ends_(std::chrono::steady_clock::now() + patience) {}

  // Waits; `retry_after` (seconds, as the server says) is waited at least. False: the patience is
  // at its end, or `stop` came.
  bool Wait(const std::string& retry_after, std::stop_token stop);
  void Reset() { next_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{50};
  std::chrono::steady_clock::time_point ends_;
  std::chrono::milliseconds next_ = kFirst;
};

}  // namespace opsc
