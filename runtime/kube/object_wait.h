// Waiting for what the cluster does by itself: objects that become healthy, or go.
#pragma once

#include <chrono>

#include "runtime/graph/kind.h"
#include "runtime/kube/health.h"
#include "runtime/kube/object_reader.h"

namespace opsc {

struct WaitFor {
  const KindContext* context = nullptr;
  std::string address;  // for messages
  std::chrono::nanoseconds longest = std::chrono::minutes(5);
};

// Until the object is healthy (or suspended, or nobody can tell): the object as it is then.
// `object` is as it was last seen. Fails where it stays degraded, or the time is over.
Result<Value> WaitUntilHealthy(const ObjectPlace& place, Value object, const HealthJudge& judge,
                               const WaitFor& wait);

// Until the object with `uid` is no longer there; what holds it is told.
Status WaitUntilGone(const ObjectPlace& place, const std::string& uid, const WaitFor& wait);

// Until the cluster serves the kind: its definition may have been made a moment ago.
Result<ServedKind> WaitUntilServed(Cluster& cluster, const std::string& api_version,
                                   const std::string& kind, std::stop_token stop);

}  // namespace opsc
