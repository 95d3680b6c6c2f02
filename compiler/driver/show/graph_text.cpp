#include "compiler/driver/show/graph_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "runtime/graph/kind.h"

namespace opsc {
namespace {

// One edge a pair of nodes, however many fields make it.
std::vector<const Edge*> DistinctEdges(const Node& node) {
  std::vector<const Edge*> edges;
  std::set<std::string_view> seen;
  for (const Edge& edge : node.edges) {
    if (seen.insert(edge.to).second) edges.push_back(&edge);
  }
  return edges;
}

// Everything after what it needs; source order where there is a cycle.
std::vector<size_t> OrderOf(const Graph& graph) {
  if (auto order = TopologicalOrder(graph)) return *order;
  std::vector<size_t> order(graph.nodes.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  return order;
}

std::string_view ShapeOf(const Node& node) {
  if (RoleOf(node.type) == Role::kTask) return "box";
  if (node.type == "action") return "cds";
  return "ellipse";
}

std::string EscapeDot(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string EscapeMermaid(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '"') {
      out += "#quot;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string GraphText(const Graph& graph, bool color) {
  std::string text;
  for (size_t i : OrderOf(graph)) {
    const Node& node = graph.nodes[i];
    std::vector<std::string> needs;
    for (const Edge* edge : DistinctEdges(node)) {
      needs.push_back(edge->reason == Edge::Reason::kAfter ? edge->to + " (after)" : edge->to);
    }
    std::string tail = needs.empty() ? "" : fmt::format(" ← {}", fmt::join(needs, ", "));
    text += fmt::format("{} {}{}\n", Paint(color, Style::kDim, node.type),
                        Paint(color, Style::kBold, node.address), tail);
  }
  return text;
}

std::string GraphDot(const Graph& graph) {
  std::string text = "digraph opsc {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n";
  for (const Node& node : graph.nodes) {
    std::string address = EscapeDot(node.address);
    text += fmt::format("  \"{}\" [label=\"{}\\n{}\" shape={}];\n", address, EscapeDot(node.type),
                        address, ShapeOf(node));
  }
  for (const Node& node : graph.nodes) {
    for (const Edge* edge : DistinctEdges(node)) {
      std::string_view style = edge->reason == Edge::Reason::kAfter ? " [style=dashed]" : "";
      text += fmt::format("  \"{}\" -> \"{}\"{};\n", EscapeDot(edge->to), EscapeDot(node.address),
                          style);
    }
  }
  return text + "}\n";
}

std::string GraphMermaid(const Graph& graph) {
  std::string text = "flowchart LR\n";
  auto index = graph.BuildIndex();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    text +=
        fmt::format("  n{}[\"{} {}\"]\n", i, EscapeMermaid(node.type), EscapeMermaid(node.address));
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Edge* edge : DistinctEdges(graph.nodes[i])) {
      auto needed = index.find(edge->to);
      if (needed == index.end()) continue;
      std::string_view arrow = edge->reason == Edge::Reason::kAfter ? "-.->" : "-->";
      text += fmt::format("  n{} {} n{}\n", needed->second, arrow, i);
    }
  }
  return text;
}

}  // namespace opsc
