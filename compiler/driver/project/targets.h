// Words of the user → addresses of the graph and the state.
#pragma once

#include <string>
#include <vector>

#include "compiler/eval/eval.h"
#include "runtime/base/result.h"
#include "runtime/graph/graph.h"

namespace opsc {

// Each word is an address (also as `test.unit`), the name of keyed instances (`test`: all of them),
// a component instance (all in it), or a pipeline (its goals). `recorded`: addresses of the state,
// which may be named although the sources no longer have them. In order, without duplicates.
Result<std::vector<std::string>> ResolveTargets(const Evaluation& evaluation,
                                                const std::vector<std::string>& recorded,
                                                const std::vector<std::string>& words);

// Is `address` in the family or component `name`?
bool IsInside(std::string_view address, std::string_view name);

// The node of this address, or all in the family or component of this name; an error with the
// nearest name.
Result<std::vector<const Node*>> FindNodes(const Graph& graph, const std::string& word);

// The fields and outs of `node` at a path as `spec.ports[0]`; an error with the nearest name.
Result<Value> FindField(const Node& node, std::string_view path);

// `web.spec.replicas` → the longest prefix that names a node, and the path after it.
struct NodeAndPath {
  const Node* node = nullptr;
  std::string path;
};
Result<NodeAndPath> FindNodeAndPath(const Graph& graph, const std::string& word);

}  // namespace opsc
