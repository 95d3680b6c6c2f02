// What a server serves, as a file that is written anew to change it: `opsc.endpoint/1`
// (docs/formats/endpoint.md).
//
//   {"format":"opsc.endpoint/1","serial":4,"model":"churn","input":SCHEMA|null,
//    "versions":[{"version":"2","dir":"…","share":0.9,"digest":"…"},
//                {"version":"3",…,"share":0.1,"input":SCHEMA}],
//    "refused":{"version":"3","rule":"…"}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/serve/predictor.h"

namespace opsc {

struct DeployedVersion {
  PredictorSource source;
  double share = 1;  // of the requests; all shares add up to 1
};

// A version that live traffic spoke against, and the rule (`abort_if`) that it was held to.
struct RefusedVersion {
  std::string version;
  std::string rule;

  bool operator==(const RefusedVersion&) const = default;
};

// `serial` grows with every change: a server says which one it serves.
struct Deployment {
  uint64_t serial = 0;
  std::vector<DeployedVersion> versions;  // the one in charge first
  std::optional<RefusedVersion> refused = {};
};

std::string DeploymentText(const Deployment& deployment);
Result<Deployment> DeploymentFromText(std::string_view text);

}  // namespace opsc
