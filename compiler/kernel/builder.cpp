#include "compiler/kernel/builder.h"

#include <algorithm>
#include <bit>

#include "runtime/base/check.h"

namespace opsc::kernel {
namespace {

size_t HashOf(const Node& node) {
  size_t hash = static_cast<size_t>(node.op) * 31 + static_cast<size_t>(node.type);
  auto mix = [&](size_t more) { hash = (hash ^ more) * 0x9E3779B97F4A7C15ull + (hash >> 29); };
  for (NodeId arg : node.args) mix(static_cast<size_t>(arg));
  mix(static_cast<size_t>(node.guard));
  mix(node.index);
  mix(opsc::HashOf(node.constant));
  return hash;
}

// As ==, but tells 0.0 from -0.0.
bool Same(const Node& a, const Node& b) {
  if (!(a == b)) return false;
  if (!a.constant.is(ValueKind::kFloat)) return true;
  return std::bit_cast<uint64_t>(a.constant.AsFloat()) ==
         std::bit_cast<uint64_t>(b.constant.AsFloat());
}

Type ResultOf(const OpInfo& info, Type operand) {
  switch (info.signature.back()) {
    case 'b':
      return Type::kBool;
    case 'i':
      return Type::kInt;
    case 'f':
      return Type::kFloat;
    case 's':
      return Type::kText;
    default:
      return operand;
  }
}

bool IsType(char letter, Type type) {
  return letter == "bifs"[static_cast<size_t>(type)];
}

}  // namespace

NodeId Builder::Add(Node node) {
  size_t hash = HashOf(node);
  auto [first, last] = known_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (Same(function_.nodes[it->second], node)) return it->second;
  }
  NodeId id = function_.nodes.Add(std::move(node));
  known_.emplace(hash, id);
  return id;
}

NodeId Builder::Make(Op op, std::initializer_list<NodeId> args) {
  const OpInfo& info = InfoOf(op);
  OPS_CHECK(args.size() == info.arity(), "the operation has that many operands");
  Node node;
  node.op = op;
  size_t i = 0;
  for (NodeId arg : args) {
    OPS_CHECK(IsType(info.signature[i], function_.nodes[arg].type), "an operand of another type");
    node.args[i++] = arg;
  }
  node.type = ResultOf(info, Type::kBool);
  if (info.fails) node.guard = guard_;
  return Add(std::move(node));
}

NodeId Builder::Leaf(Op op, Type type, uint32_t index) {
  Node node;
  node.op = op;
  node.type = type;
  node.index = index;
  return Add(std::move(node));
}

NodeId Builder::Constant(bool value) {
  return Add({.op = Op::kConstant, .type = Type::kBool, .constant = Value::Bool(value)});
}
NodeId Builder::Constant(int64_t value) {
  return Add({.op = Op::kConstant, .type = Type::kInt, .constant = Value::Int(value)});
}
NodeId Builder::Constant(double value) {
  return Add({.op = Op::kConstant, .type = Type::kFloat, .constant = Value::Float(value)});
}
NodeId Builder::Constant(std::string_view text) {
  return Add({.op = Op::kConstant, .type = Type::kText, .constant = Value::String(text)});
}

NodeId Builder::Zero(Type type) {
  switch (type) {
    case Type::kBool:
      return Constant(false);
    case Type::kInt:
      return Constant(int64_t{0});
    case Type::kFloat:
      return Constant(0.0);
    case Type::kText:
      return Constant(std::string_view());
  }
  return kNone<NodeId>;
}

NodeId Builder::And(NodeId a, NodeId b) {
  if (IsNone(a) || a == b) return b;
  if (IsNone(b)) return a;
  return Make(Op::kAnd, {a, b});
}

NodeId Builder::Or(NodeId a, NodeId b) {
  if (IsNone(a) || IsNone(b)) return kNone<NodeId>;
  return a == b ? a : Make(Op::kOr, {a, b});
}

NodeId Builder::Not(NodeId a) {
  const Node& node = function_.nodes[a];
  if (node.op == Op::kNot) return node.args[0];
  return Make(Op::kNot, {a});
}

NodeId Builder::Select(NodeId condition, NodeId then, NodeId otherwise) {
  if (then == otherwise) return then;
  switch (function_.nodes[then].type) {
    case Type::kBool:
      return Make(Op::kSelectBool, {condition, then, otherwise});
    case Type::kInt:
      return Make(Op::kSelectInt, {condition, then, otherwise});
    case Type::kFloat:
      return Make(Op::kSelectFloat, {condition, then, otherwise});
    case Type::kText:
      return Make(Op::kSelectText, {condition, then, otherwise});
  }
  return then;
}

}  // namespace opsc::kernel
