// The versions that a server answers with, and who gets which.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/serve/deployment.h"
#include "runtime/serve/request.h"
#include "runtime/serve/traffic.h"

namespace opsc {

// One version with its counts, which go on when its share changes.
struct ServedVersion {
  PredictorSource source;
  PredictorPtr predictor;
  std::shared_ptr<RequestReader> reader;  // shared with the same version of the next serving
  std::shared_ptr<Traffic> traffic;       // likewise
  double share = 1;
};

// What is served from one change of the deployment to the next. Immutable; thread-safe.
struct Serving {
  uint64_t serial = 0;
  std::vector<ServedVersion> versions;  // the one in charge first

  const ServedVersion* Find(std::string_view version) const;
  // The version for request number `ticket`: shares are kept over any run of requests, not only on
  // average (a low-discrepancy sequence: multiples of the golden ratio).
  const ServedVersion& Choose(uint64_t ticket) const;
};
// Shared, because requests under way keep what they began with.
using ServingPtr = std::shared_ptr<const Serving>;

// Loads what is new; versions that were there before keep their counts.
Result<ServingPtr> MakeServing(const Deployment& deployment, const Serving* before,
                               KernelLoader* kernels, Env& env);

// Prometheus' text format.
std::string MetricsText(const Serving& serving);
// GET /deployment.
std::string ServingText(const Serving& serving);

}  // namespace opsc
