// Resources that are objects of a Kubernetes API: made true by server-side apply.
#pragma once

#include <memory>

#include "runtime/graph/kind.h"
#include "runtime/kube/health.h"

namespace opsc {

// Adds the kind `kubernetes`. Its fields are the manifest, in the names of the API, and `cluster`:
// { kubeconfig, context, namespace, force }, each may be null. Outs: `status`, `uid`. With `judge`,
// what has been applied is waited for until it is healthy.
void AddKubernetesKind(KindTable& kinds, HealthJudge judge);

}  // namespace opsc
