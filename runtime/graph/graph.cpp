#include "runtime/graph/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

namespace opsc {
namespace {

// Of every node: how many it waits for and who waits for it, as indices.
struct Dependents {
  std::vector<uint32_t> missing;
  std::vector<std::vector<uint32_t>> of;
};

Result<Dependents> FindDependents(const Graph& graph) {
  auto index = graph.BuildIndex();
  Dependents dependents{std::vector<uint32_t>(graph.nodes.size()),
                        std::vector<std::vector<uint32_t>>(graph.nodes.size())};
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Edge& edge : graph.nodes[i].edges) {
      auto needed = index.find(edge.to);
      if (needed == index.end()) {
        return Fail(
            ErrorKind::kInput,
            fmt::format("`{}` needs `{}`, which is not there", graph.nodes[i].address, edge.to),
            "an instance under `if` can only be used under the same condition");
      }
      dependents.of[needed->second].push_back(static_cast<uint32_t>(i));
      ++dependents.missing[i];
    }
  }
  return dependents;
}

// One cycle among the nodes that still miss something, as `a → b → a` ("→": needs).
std::string CycleText(const Graph& graph, const std::vector<uint32_t>& missing) {
  auto index = graph.BuildIndex();
  size_t at = 0;
  while (missing[at] == 0) ++at;
  std::vector<size_t> position(graph.nodes.size(), SIZE_MAX);
  std::vector<size_t> walk;
  while (position[at] == SIZE_MAX) {
    position[at] = walk.size();
    walk.push_back(at);
    for (const Edge& edge : graph.nodes[at].edges) {
      size_t next = index.at(edge.to);
      if (missing[next] == 0) continue;
      at = next;
      break;
    }
  }
  std::string text;
  for (size_t i = position[at]; i < walk.size(); ++i) {
    text += fmt::format("{} → ", graph.nodes[walk[i]].address);
  }
  return text + graph.nodes[at].address;
}

}  // namespace

std::unordered_map<std::string, size_t> Graph::BuildIndex() const {
  std::unordered_map<std::string, size_t> index;
  index.reserve(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) index.emplace(nodes[i].address, i);
  return index;
}

Value WithResult(const Value& outs, std::string_view result) {
  const Symbol result_name("$result");
  std::vector<Field> fields;
  if (outs.is(ValueKind::kRecord)) {
    for (const Field& field : outs.AsRecord()) {
      if (!(field.first == result_name)) fields.push_back(field);
    }
  }
  static const Value kOk = Value::String("ok");  // of nearly all
  fields.emplace_back(result_name, result == "ok" ? kOk : Value::String(result));
  return Value::Record(std::move(fields));
}

Result<std::vector<size_t>> TopologicalOrder(const Graph& graph) {
  OPS_ASSIGN(Dependents dependents, FindDependents(graph));
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (dependents.missing[i] == 0) ready.push(static_cast<uint32_t>(i));
  }
  std::vector<size_t> order;
  order.reserve(graph.nodes.size());
  while (!ready.empty()) {
    uint32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (uint32_t dependent : dependents.of[node]) {
      if (--dependents.missing[dependent] == 0) ready.push(dependent);
    }
  }
  if (order.size() == graph.nodes.size()) return order;
  return Fail(ErrorKind::kInput,
              fmt::format("these need each other: {}", CycleText(graph, dependents.missing)),
              "take out one of the uses, or split one of the instances in two");
}

}  // namespace opsc
