#include "runtime/graph/natural_order.h"

#include <algorithm>
#include <unordered_map>

namespace opsc {
namespace {

using Edges = std::vector<std::vector<size_t>>;

// The strongly connected component of each node (Tarjan 1972, without recursion).
std::vector<size_t> Components(const Edges& edges) {
  constexpr size_t kUnseen = SIZE_MAX;
  std::vector<size_t> index(edges.size(), kUnseen);
  std::vector<size_t> low(edges.size());
  std::vector<size_t> component(edges.size(), kUnseen);
  std::vector<size_t> open;
  std::vector<std::pair<size_t, size_t>> calls;  // node, next edge
  size_t seen = 0;
  size_t components = 0;
  auto enter = [&](size_t node) {
    index[node] = low[node] = seen++;
    open.push_back(node);
    calls.emplace_back(node, 0);
  };
  auto leave = [&](size_t node) {
    calls.pop_back();
    if (!calls.empty()) low[calls.back().first] = std::min(low[calls.back().first], low[node]);
    if (low[node] != index[node]) return;
    for (size_t member = kUnseen; member != node;) {
      member = open.back();
      open.pop_back();
      component[member] = components;
    }
    ++components;
  };
  for (size_t root = 0; root < edges.size(); ++root) {
    if (index[root] != kUnseen) continue;
    enter(root);
    while (!calls.empty()) {
      auto& [node, next] = calls.back();
      if (next == edges[node].size()) {
        leave(node);
        continue;
      }
      size_t to = edges[node][next++];
      if (index[to] == kUnseen) {
        enter(to);
      } else if (component[to] == kUnseen) {
        low[node] = std::min(low[node], index[to]);
      }
    }
  }
  return component;
}

struct Implied {
  size_t from;
  size_t to;
  std::string what;
};

std::vector<Implied> FindImplied(const KindTable& kinds, const Graph& graph) {
  std::unordered_map<std::string, std::vector<size_t>> providers;
  std::vector<std::pair<size_t, std::string>> needs;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const Kind* kind = kinds.Find(node.type);
    if (kind == nullptr) continue;
    NaturalOrder order = kind->OrderOf(node.fields);
    for (std::string& name : order.provides) providers[std::move(name)].push_back(i);
    for (std::string& name : order.needs) needs.emplace_back(i, std::move(name));
  }
  std::vector<Implied> implied;
  for (auto& [from, name] : needs) {
    auto found = providers.find(name);
    if (found == providers.end()) continue;
    for (size_t to : found->second) {
      if (to != from) implied.push_back({from, to, name});
    }
  }
  return implied;
}

}  // namespace

void AddNaturalOrder(const KindTable& kinds, Graph& graph) {
  std::vector<Implied> implied = FindImplied(kinds, graph);
  if (implied.empty()) return;
  auto index = graph.BuildIndex();
  Edges edges(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Edge& edge : graph.nodes[i].edges) {
      if (auto to = index.find(edge.to); to != index.end()) edges[i].push_back(to->second);
    }
  }
  for (const Implied& edge : implied) edges[edge.from].push_back(edge.to);
  std::vector<size_t> component = Components(edges);
  for (Implied& edge : implied) {
    if (component[edge.from] == component[edge.to]) continue;
    auto& existing = graph.nodes[edge.from].edges;
    const std::string& to = graph.nodes[edge.to].address;
    if (std::ranges::find(existing, to, &Edge::to) != existing.end()) continue;
    existing.push_back({to, Edge::Reason::kAfter, ""});
  }
}

}  // namespace opsc
