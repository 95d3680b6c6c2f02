// How an object of a cluster is doing, in the words that users of Argo CD know.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

enum class HealthStatus : uint8_t {
  kHealthy,
  kProgressing,  // on its way
  kDegraded,     // failed, or will not get there by itself
  kSuspended,    // paused by somebody
  kMissing,      // not in the cluster
  kUnknown,      // nobody could tell
};
std::string_view HealthName(HealthStatus status);  // "Healthy", …

struct Health {
  HealthStatus status = HealthStatus::kUnknown;
  std::string message;  // why; may be empty
};

// Judges one object as the API server returns it. The driver passes in the rules of the stdlib.
// Thread-safe.
using HealthJudge = std::function<Result<Health>(const Value& object)>;

}  // namespace opsc
