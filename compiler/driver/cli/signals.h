// INT and TERM as a stop_token.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace opsc {

// A write to a closed pipe fails instead of ending the process; children start with the default.
void IgnoreClosedPipes();

// While it lives, the first INT, TERM or HUP (or `deadline` after construction) requests a stop,
// and a second signal ends the process at once with 130. One at a time. With `on_hangup`, HUP calls
// that instead, from a thread of its own.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::optional<std::chrono::nanoseconds> deadline = std::nullopt,
                        std::function<void()> on_hangup = {});
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const;
  bool deadline_passed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace opsc
