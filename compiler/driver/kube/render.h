// Nodes of the graph → manifests.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/graph.h"

namespace opsc {

// The kind of resource that objects of Kubernetes are.
inline constexpr std::string_view kKubernetesKind = "kubernetes";

// The object as it is sent: without `cluster` and null fields, `apiVersion`, `kind` and `metadata`
// first. Fails where a field is known only after apply.
Result<Value> ManifestOf(const Node& node);

}  // namespace opsc
