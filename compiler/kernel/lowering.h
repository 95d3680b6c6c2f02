// What the parts of lowering share. Not for others: they include lower.h.
#pragma once

#include <map>
#include <variant>

#include "compiler/kernel/builder.h"
#include "compiler/kernel/lower.h"
#include "compiler/kernel/row_type.h"
#include "compiler/kernel/rule.h"

namespace opsc::kernel {

// Rows of one dataset while a function over them is being made.
struct Table {
  Function function;
  Builder builder{function};
  TypeId row = kNone<TypeId>;
  RowSchema schema;                 // all columns of the row type
  std::map<size_t, uint32_t> read;  // column of `schema` → column of function.input
};

// A value of a column's type on each row, null where `present` (if any) does not hold.
struct Scalar {
  ColumnType type = ColumnType::kInt;
  NodeId value = kNone<NodeId>;
  NodeId present = kNone<NodeId>;
};
// The same on all rows: also lists, lambdas, instances, null.
struct Known {
  Value value;
};
// One row of a table, or a record in it.
struct RowOf {
  Table* table;
  std::string prefix = {};  // of the record's columns: "champion."
};
// A window before it is asked for a number, see lower_windows.cpp.
struct WindowOf;
struct RecordOf;
struct Broken {};  // reported

using Lowered = std::variant<Broken, Scalar, Known, RowOf, std::shared_ptr<const WindowOf>,
                             std::shared_ptr<const RecordOf>>;

struct RecordOf {
  std::vector<std::pair<Symbol, Lowered>> fields;
};

// The rows of a dataset that a row looks at: `window(…)` and `as_of(…)`.
struct WindowOf {
  Window window;  // without `side`, `aggregate` and `type`
  std::shared_ptr<Table> table;
  std::vector<Scalar> keys;       // of the row here
  std::vector<Scalar> side_keys;  // of the others
  NodeId keep = kNone<NodeId>;    // of the others; kNone: all
  bool one = false;               // `as_of`: the last of them, as a row that may be null
};

// A record whose fields read each other.
struct SelfOf;

// Where an expression stands: its locals, and what it is inlined from.
struct Place {
  std::vector<Lowered> slots;
  FnId fn = kNone<FnId>;
  Value lambda;  // of one that is called: where its names are read
  SelfOf* self = nullptr;
};

struct SelfOf {
  const RecordExpr* record;
  Place* place;
  NodeId guard;
  std::map<size_t, Lowered> done;
};

// What a rule over whole columns is made of, while it is lowered.
struct RuleState {
  Table* rows;
  std::vector<ColumnUse> uses = {};
  NodeId decided = kNone<NodeId>;  // where all numbers are there
};

// One lowering.
struct Lowering {
  const LowerInputs& in;
  Diagnostics& diagnostics;
  Table* table;  // whose function is being made: the lambda's rows, or those of a window
  RuleState* rule = nullptr;  // of a rule that looks at whole columns
  int depth = 0;

  Builder& builder() { return table->builder; }
  const Model& model() const { return *in.model; }
};

// What is evaluated only where `condition` holds, for as long as it lives.
class GuardScope {
 public:
  GuardScope(Builder& builder, NodeId condition) : builder_(builder), outer_(builder.guard()) {
    builder.set_guard(builder.And(outer_, condition));
  }
  ~GuardScope() { builder_.set_guard(outer_); }
  GuardScope(const GuardScope&) = delete;
  GuardScope& operator=(const GuardScope&) = delete;

 private:
  Builder& builder_;
  NodeId outer_;
};

Lowered LowerExpr(Lowering& l, Place& place, ExprId id);

// `what` has no meaning over rows, at the expression.
Lowered Refuse(Lowering& l, ExprId at, std::string_view what);
bool IsBroken(const Lowered& lowered);
bool IsNull(const Lowered& lowered);
// As a value on each row; constants become one. nullopt: it is none, which is reported.
std::optional<Scalar> ScalarOf(Lowering& l, const Lowered& lowered, ExprId at);
// As ScalarOf, and never null.
std::optional<Scalar> PresentOf(Lowering& l, const Lowered& lowered, ExprId at);
std::optional<Scalar> LowerScalar(Lowering& l, Place& place, ExprId id);
std::optional<NodeId> LowerCondition(Lowering& l, Place& place, ExprId id);
// `then` where the condition holds, else `otherwise`.
Lowered Choose(Lowering& l, NodeId condition, const Lowered& then, const Lowered& otherwise,
               ExprId at);

Scalar NullOf(Lowering& l, ColumnType type);  // on all rows

// records (lower_record.cpp)
Lowered LowerMember(Lowering& l, Place& place, const MemberExpr& member, ExprId at);
Lowered LowerSelf(Lowering& l, Place& place, Symbol name, ExprId at);
Lowered LowerRecord(Lowering& l, Place& place, const RecordExpr& expr, ExprId at);
Lowered FieldOfRecord(const RecordOf& record, Symbol name);

// choices (lower_choice.cpp)
Lowered LowerIf(Lowering& l, Place& place, const IfExpr& choice, ExprId at);
Lowered LowerMatch(Lowering& l, Place& place, const MatchExpr& match, ExprId at);

// operators (lower_operators.cpp)
std::optional<Scalar> Arithmetic(Lowering& l, BinaryOp op, const Scalar& a, const Scalar& b,
                                 ExprId at);
std::optional<NodeId> Equal(Lowering& l, const Lowered& a, const Lowered& b, ExprId at);
std::optional<NodeId> Less(Lowering& l, const Scalar& a, const Scalar& b, ExprId at);
Lowered LowerBinary(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at);
Lowered LowerUnary(Lowering& l, Place& place, const UnaryExpr& unary, ExprId at);

// calls (lower_calls.cpp)
Lowered LowerBuiltin(Lowering& l, Place& place, const CallBuiltinExpr& call, ExprId at);

// windows (lower_windows.cpp)
// nullopt: the function is none of theirs.
std::optional<Lowered> LowerWindowCall(Lowering& l, Place& place, std::string_view name,
                                       const CallBuiltinExpr& call, ExprId at);
// A column of the row that `as_of` found.
Lowered FieldOfLast(Lowering& l, const WindowOf& window, Symbol name, ExprId at);
// Did `as_of` find one?
std::optional<NodeId> IsThere(Lowering& l, const WindowOf& window, ExprId at);

// whole columns (lower_rule.cpp)
// nullopt: the function is none of theirs.
std::optional<Lowered> LowerColumnCall(Lowering& l, Place& place, std::string_view name,
                                       const CallBuiltinExpr& call, ExprId at);

// The column of a row.
Lowered ReadColumn(Lowering& l, Table& table, Symbol name, ExprId at);

}  // namespace opsc::kernel
