// What comes before what by its nature, beside what the program says.
#pragma once

#include "runtime/graph/graph.h"
#include "runtime/graph/kind.h"

namespace opsc {

// Adds an edge (kAfter) from each resource that needs something, as its kind has it, to those of
// the graph that provide it. What the program says comes first: an edge that would close a circle
// is left out. Linear in nodes and edges.
void AddNaturalOrder(const KindTable& kinds, Graph& graph);

}  // namespace opsc
