#include "compiler/kernel/split.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/kernel/block.h"
#include "compiler/kernel/extract.h"

namespace opsc::kernel {
namespace {

using From = NativeInput::From;

ColumnType ColumnTypeOf(Type type) {
  constexpr ColumnType kTypes[] = {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                                   ColumnType::kString};
  return kTypes[static_cast<size_t>(type)];
}

bool IsCall(Op op) {
  switch (op) {
    case Op::kMod:
    case Op::kExpm1:
    case Op::kSin:
    case Op::kCos:
    case Op::kPow:
    case Op::kYear:
    case Op::kMonth:
    case Op::kDay:
      return true;
    default:
      return false;
  }
}

std::optional<From> LeafOf(Op op) {
  switch (op) {
    case Op::kColumn:
      return From::kColumn;
    case Op::kPresent:
      return From::kPresent;
    case Op::kWindow:
      return From::kWindow;
    case Op::kWindowPresent:
      return From::kWindowPresent;
    default:
      return std::nullopt;
  }
}

Output OutputOf(const Function& function, NodeId value, std::string name) {
  Output output;
  output.field.name = std::move(name);
  output.field.type = ColumnTypeOf(function.nodes[value].type);
  output.value = value;
  return output;
}

// While a function is being split.
struct Splitting {
  const Function& function;
  SplitFunction result;
  std::vector<Output> before;
  std::vector<NodeId> moved;  // node → node of the native part

  NodeId AddInput(Type type, From from, uint32_t index) {
    RowField field;
    field.name = fmt::format("i{}", result.inputs.size());
    field.type = ColumnTypeOf(type);
    Node node;
    node.op = Op::kColumn;
    node.type = type;
    node.index = static_cast<uint32_t>(result.inputs.size());
    result.native.input.fields.push_back(std::move(field));
    result.inputs.push_back({from, index});
    return result.native.nodes.Add(std::move(node));
  }
};

void MoveNode(Splitting& s, NodeId id) {
  const Node& node = s.function.nodes[id];
  NodeId& moved = s.moved[static_cast<size_t>(id)];
  bool text = IsTextOperation(s.function, node);
  if (auto leaf = LeafOf(node.op)) {
    if (!text) moved = s.AddInput(node.type, *leaf, node.index);
    return;
  }
  if (text || IsCall(node.op)) {
    bool number = node.type != Type::kText;
    if (!number && !InfoOf(node.op).fails) return;
    auto at = static_cast<uint32_t>(s.before.size());
    s.before.push_back(OutputOf(s.function, id, fmt::format("b{}", at)));
    if (number) moved = s.AddInput(node.type, From::kBefore, at);
    return;
  }
  Node copy = node;
  for (NodeId& arg : copy.args) {
    if (!IsNone(arg)) arg = s.moved[static_cast<size_t>(arg)];
  }
  if (!IsNone(copy.guard)) copy.guard = s.moved[static_cast<size_t>(copy.guard)];
  moved = s.result.native.nodes.Add(std::move(copy));
}

void AddOutput(Splitting& s, const Output& output) {
  bool text = s.function.nodes[output.value].type == Type::kText;
  if (text) {
    s.result.outputs.push_back({false, static_cast<uint32_t>(s.before.size())});
    s.before.push_back(output);
    return;
  }
  Output moved = output;
  moved.value = s.moved[static_cast<size_t>(output.value)];
  if (!IsNone(output.present)) moved.present = s.moved[static_cast<size_t>(output.present)];
  s.result.outputs.push_back({true, static_cast<uint32_t>(s.result.native.outputs.size())});
  s.result.native.outputs.push_back(std::move(moved));
}

}  // namespace

SplitFunction Split(const Function& function) {
  Splitting s{function, {}, {}, std::vector<NodeId>(function.nodes.size(), kNone<NodeId>)};
  s.result.native.name = function.name;
  for (size_t i = 0; i < function.nodes.size(); ++i) {
    MoveNode(s, NodeId{static_cast<uint32_t>(i)});
  }
  for (const Output& output : function.outputs) AddOutput(s, output);
  s.result.before = Extract(function, std::move(s.before));
  return std::move(s.result);
}

}  // namespace opsc::kernel
