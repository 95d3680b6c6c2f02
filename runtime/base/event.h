// What a run says while it goes on, as data: text, JSON lines and logs are made from it elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "runtime/base/env.h"

namespace opsc {

// One thing that happened to one node of a run (or to the run itself: empty address).
struct Event {
  enum class Type {
    kStart,     // work on `address` begins; `message` is the action ("run", "create", ...)
    kProgress,  // `message` says what it waits for or how far it is
    kLog,       // `message` is one line (masked) of the node's output, without newline
    kDone,      // made true; `duration` is set
    kCached,    // nothing to do: the recorded result stands
    kFailed,    // `message` says why
    kSkipped,   // not tried, because `message`
    kCancelled,
    kNotice,  // said once a run: e.g. the kernel refuses the sandbox
  };
  Type type = Type::kProgress;
  Time time{};
  std::string address;
  std::string message;
  std::chrono::nanoseconds duration{0};
};

// Takes events from any thread, in the order of each node.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void Take(const Event& event) = 0;
};

}  // namespace opsc
