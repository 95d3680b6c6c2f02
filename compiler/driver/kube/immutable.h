// Fields of objects that the API never changes in place, as their types say.
#pragma once

#include "compiler/model/model.h"
#include "runtime/graph/graph.h"

namespace opsc {

// Notes the fields that are `@immutable` in the type of each object of a cluster: a change of one
// replaces the object. Not of those that hold what cannot be made again: claims and volumes,
// namespaces, definitions.
void AddImmutable(const Model& model, Graph& graph);

}  // namespace opsc
