#include "compiler/kernel/extract.h"

namespace opsc::kernel {

Function Extract(const Function& function, std::vector<Output> outputs) {
  std::vector<bool> needed(function.nodes.size());
  auto need = [&](NodeId id) {
    if (!IsNone(id)) needed[static_cast<size_t>(id)] = true;
  };
  for (const Output& output : outputs) {
    need(output.value);
    need(output.present);
  }
  for (size_t i = needed.size(); i-- > 0;) {
    if (needed[i]) ForEachOperand(function.nodes[NodeId{static_cast<uint32_t>(i)}], need);
  }
  Function part;
  part.name = function.name;
  part.input = function.input;
  part.windows = function.windows;
  std::vector<NodeId> moved(needed.size(), kNone<NodeId>);
  auto move = [&](NodeId id) { return IsNone(id) ? id : moved[static_cast<size_t>(id)]; };
  for (size_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    Node node = function.nodes[NodeId{static_cast<uint32_t>(i)}];
    for (NodeId& arg : node.args) arg = move(arg);
    node.guard = move(node.guard);
    moved[i] = part.nodes.Add(std::move(node));
  }
  for (Output& output : outputs) {
    output.value = move(output.value);
    output.present = move(output.present);
  }
  part.outputs = std::move(outputs);
  return part;
}

}  // namespace opsc::kernel
