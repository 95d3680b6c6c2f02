// What went wrong on a row, in words.
#include <fmt/format.h>

#include "compiler/kernel/block.h"

namespace opsc::kernel {
namespace {

std::string OperandText(const Block& block, NodeId id) {
  size_t row = block.failure.row;
  switch (block.function.nodes[id].type) {
    case Type::kBool:
      return block.Values<uint8_t>(id)[row] != 0 ? "true" : "false";
    case Type::kInt:
      return fmt::format("{}", block.Values<int64_t>(id)[row]);
    case Type::kFloat:
      return FormatFloat(block.Values<double>(id)[row]);
    case Type::kText: {
      const Slot& slot = block.slots[static_cast<size_t>(id)];
      return Quote((*slot.texts)[block.Values<int32_t>(id)[row]]);
    }
  }
  return "";
}

std::string_view Symbol(Op op) {
  switch (op) {
    case Op::kAddInt:
      return "+";
    case Op::kSubInt:
      return "-";
    case Op::kMulInt:
    case Op::kScale:
      return "*";
    case Op::kDivInt:
      return "/";
    case Op::kModInt:
      return "%";
    default:
      return "";
  }
}

}  // namespace

std::string DescribeFailure(const Block& block) {
  const Node& node = block.function.nodes[block.failure.node];
  auto operand = [&](size_t i) { return OperandText(block, node.args[i]); };
  if (node.op == Op::kRequire) return "the value is out of the range that its type allows";
  if (std::string_view symbol = Symbol(node.op); !symbol.empty()) {
    bool by_zero = (node.op == Op::kDivInt || node.op == Op::kModInt) &&
                   block.Values<int64_t>(node.args[1])[block.failure.row] == 0;
    return fmt::format("{} {} {}: {}", operand(0), symbol, operand(1),
                       by_zero ? "division by zero" : "the result does not fit");
  }
  std::string args;
  for (size_t i = 0; i < InfoOf(node.op).arity(); ++i) args += (i > 0 ? ", " : "") + operand(i);
  return fmt::format("{}({}) has no result", InfoOf(node.op).text, args);
}

}  // namespace opsc::kernel
