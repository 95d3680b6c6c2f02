// From one version to the next, step by step, on live traffic.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/column/kernel.h"
#include "runtime/serve/deployment.h"
#include "runtime/serve/traffic.h"

namespace opsc {

// What a server says it serves (GET /deployment).
struct ServedNow {
  uint64_t serial = 0;
  struct Version {
    std::string version;
    TrafficCounts counts;
  };
  std::vector<Version> versions;
};
Result<ServedNow> ServedFromText(std::string_view text);

struct RolloutPlan {
  std::vector<double> steps;         // shares of the new version, growing; 1 comes last by itself
  std::chrono::nanoseconds hold{0};  // how long each of them is watched
  const Kernel* abort_if = nullptr;  // over RolloutRow of the new version; none: nothing aborts
  std::string abort_text;            // its source
  std::function<void(const std::string&)> say;  // progress, a line
};

// The server and its file, as a rollout sees them.
class RolloutTarget {
 public:
  virtual ~RolloutTarget() = default;
  virtual Status Write(const Deployment& deployment) = 0;
  // nullopt: nobody answers.
  virtual std::optional<ServedNow> Ask() = 0;
  virtual void Sleep(std::chrono::milliseconds time) = 0;
  virtual std::chrono::steady_clock::time_point Now() = 0;
};

// Brings `next` into charge of what `now` serves. Where a server answers, through the steps: each
// is in force before its hold begins. kDenied where `abort_if` holds: `now` serves alone again.
// kCancelled when stopped: likewise. kEnvironment where the server does not get ready with the new
// version, or dies of it: likewise. Where nobody answers to begin with, `next` is what the server
// finds when it starts.
Status RollOut(const Deployment& now, const DeployedVersion& next, const RolloutPlan& plan,
               RolloutTarget& target, const std::stop_token& stop);

}  // namespace opsc
