#include "compiler/kernel/function.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace opsc::kernel {
namespace {

constexpr OpInfo kOps[] = {
#define OP(name, text, signature, fails) {Op::name, text, signature, fails},
#include "compiler/kernel/ops.def"
#undef OP
};
constexpr std::string_view kTypes[] = {"bool", "int", "float", "text"};
constexpr std::string_view kAggregates[] = {"count", "sum", "mean", "min", "max", "last"};

bool SameFunction(const Function& a, const Function& b) {
  return a.input == b.input && std::ranges::equal(a.nodes, b.nodes) && a.windows == b.windows &&
         a.outputs == b.outputs;
}

}  // namespace

bool Window::operator==(const Window& other) const {
  return dataset == other.dataset && event_time == other.event_time && known_at == other.known_at &&
         keys == other.keys && present == other.present && time == other.time &&
         last == other.last && aggregate == other.aggregate && type == other.type &&
         SameFunction(*side, *other.side);
}

const OpInfo& InfoOf(Op op) {
  OPS_CHECK(static_cast<size_t>(op) < std::size(kOps), "the operation exists");
  return kOps[static_cast<size_t>(op)];
}

std::optional<Op> OpFromText(std::string_view text) {
  const auto* found = std::ranges::find(kOps, text, &OpInfo::text);
  return found == std::end(kOps) ? std::nullopt : std::optional(found->op);
}

Type TypeOf(ColumnType type) {
  if (type == ColumnType::kBool) return Type::kBool;
  if (type == ColumnType::kString) return Type::kText;
  return IsFloat(type) ? Type::kFloat : Type::kInt;
}

std::string_view NameOf(Type type) {
  return kTypes[static_cast<size_t>(type)];
}
std::string_view NameOf(Aggregate aggregate) {
  return kAggregates[static_cast<size_t>(aggregate)];
}

std::optional<Aggregate> AggregateFromName(std::string_view name) {
  const auto* found = std::ranges::find(kAggregates, name);
  if (found == std::end(kAggregates)) return std::nullopt;
  return static_cast<Aggregate>(found - std::begin(kAggregates));
}

}  // namespace opsc::kernel
