// The schemas that a cluster serves.
#pragma once

#include <string>
#include <vector>

#include "compiler/kube/schema.h"
#include "runtime/base/env.h"

namespace opsc {

// The OpenAPI v3 documents of a cluster, of all groups and versions that `part` is about: for
// kCustom those that std.k8s does not have. `context`: of the kubeconfig; empty: the current one.
Result<std::vector<Value>> OpenApiOfCluster(Env& env, const std::string& context,
                                            kube::SchemaPart part);

}  // namespace opsc
