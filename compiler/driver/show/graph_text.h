// The desired graph as text for people and for drawing programs.
#pragma once

#include <string>

#include "runtime/graph/graph.h"

namespace opsc {

std::string GraphText(const Graph& graph, bool color);
std::string GraphDot(const Graph& graph);      // Graphviz
std::string GraphMermaid(const Graph& graph);  // mermaid.js flowchart

}  // namespace opsc
