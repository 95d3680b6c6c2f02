// Instances → nodes of the graph.
#pragma once

#include <optional>

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

// The node of an instance with its edges; nullopt after a failure, which is reported.
// REQUIRES: the instance is of kind kNode.
std::optional<Node> MakeNode(Interpreter& in, Instance& instance);

// Its fields and outs alone, as far as they are known now. `node`: what MakeNode made of it.
std::optional<Program::Resolved> ResolveNode(Interpreter& in, Instance& instance, const Node& node);

// Every field and out by name, as `opsc eval` shows an instance.
Value InstanceAsRecord(Interpreter& in, Instance& instance);

// The nodes that a value stands for: an instance, all in a component, a map or list of these.
void AddGoals(Interpreter& in, const Value& value, std::vector<Instance*>& goals);

// Reports rings of edges.
void RefuseRings(const Graph& graph, Interpreter& in);

}  // namespace opsc::eval
