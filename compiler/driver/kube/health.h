// The rules of stdlib/k8s/health, as what judges objects.
#pragma once

#include "runtime/kube/health.h"

namespace opsc {

// Judges objects as a cluster returns them: Missing is for the caller to say. The first object of a
// kind costs the check of its types: keep the judge. What does not fit the types of its kind is
// Unknown, with the reason.
HealthJudge MakeHealthJudge();

}  // namespace opsc
