// The kernel IR: a function from rows to rows as data, in single assignment over whole columns.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/kernel/op.h"
#include "runtime/base/store.h"
#include "runtime/column/schema.h"
#include "runtime/value/value.h"

namespace opsc::kernel {

enum class NodeId : uint32_t {};

// One operation on the operands of each row. Operands stand before it. Where it can fail it does
// only on rows where `guard` holds (kNone: on all): what the source would not have evaluated.
struct Node {
  Op op = Op::kConstant;
  Type type = Type::kBool;
  std::array<NodeId, 3> args{kNone<NodeId>, kNone<NodeId>, kNone<NodeId>};
  NodeId guard = kNone<NodeId>;
  uint32_t index = 0;  // of a column of `input`, or of a window
  Value constant;

  bool operator==(const Node&) const = default;
};

// A column that is made: its value where `present` holds (kNone: everywhere), else null.
struct Output {
  RowField field;  // name, type, nullable
  NodeId value = kNone<NodeId>;
  NodeId present = kNone<NodeId>;

  bool operator==(const Output&) const = default;
};

enum class Aggregate : uint8_t { kCount, kSum, kMean, kMin, kMax, kLast };

struct Function;

// A look into the rows of another dataset, as of the time of the row here: those whose event time
// is in (t - last, t], which were known at t, whose keys equal the row's and that `side` keeps.
// `side` is a function over the other rows: a column for each of `keys`, then `keep` (bool), then
// `value` (none for kCount). A null key equals nothing. Sums add in order of event time, then of
// known time, then of position in the dataset; `last` is the last in that order.
struct Window {
  std::string dataset;      // address
  uint32_t event_time = 0;  // columns of side->input
  uint32_t known_at = 0;
  std::shared_ptr<const Function> side;  // shared, because windows are copied with their function
  std::vector<NodeId> keys;              // of this row
  std::vector<NodeId> present;           // beside `keys`: where it is not null (kNone: everywhere)
  NodeId time = kNone<NodeId>;           // t
  std::optional<int64_t> last;           // nanoseconds; none: all that came before
  Aggregate aggregate = Aggregate::kCount;
  Type type = Type::kInt;  // of the result

  bool operator==(const Window& other) const;
};

// Row i of the outputs is made of row i of the inputs. Only columns that are read are inputs.
struct Function {
  std::string name;  // for people: not part of the serialised form
  RowSchema input;   // name, type, nullable of each column
  Store<NodeId, Node> nodes;
  std::vector<Window> windows;
  std::vector<Output> outputs;
};

struct OpInfo {
  Op op;
  std::string_view text;
  std::string_view signature;
  bool fails;

  size_t arity() const { return signature.find('>'); }
};
const OpInfo& InfoOf(Op op);
std::optional<Op> OpFromText(std::string_view text);
Type TypeOf(ColumnType type);
std::string_view NameOf(Type type);
std::string_view NameOf(Aggregate aggregate);
std::optional<Aggregate> AggregateFromName(std::string_view name);
// Which inputs of nodes are used: visits operands and the guard.
template <typename Visit>
void ForEachOperand(const Node& node, Visit&& visit) {
  for (NodeId arg : node.args) {
    if (!IsNone(arg)) visit(arg);
  }
  if (!IsNone(node.guard)) visit(node.guard);
}

// For people: `--emit=kernel`.
std::string Print(const Function& function);

}  // namespace opsc::kernel
