// `window(…)`, `as_of(…)` and what is asked of them.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/kernel/lowering.h"
#include "compiler/model/walk.h"

namespace opsc::kernel {
namespace {

using WindowPtr = std::shared_ptr<const WindowOf>;

Span SpanOf(const Lowering& l, ExprId id) {
  return l.model().exprs[id].span;
}

// A lambda in its place, with what it captures; its parameter is a row of `table`.
struct Inner {
  Place place;
  ExprId body = kNone<ExprId>;
};

std::optional<Inner> InnerOf(Lowering& l, const Place& place, ExprId lambda, Table& table) {
  const auto* expr = std::get_if<LambdaExpr>(&l.model().exprs[lambda].node);
  if (expr == nullptr) {
    Refuse(l, lambda, "a function by its name (write `x => f(x)`)");
    return std::nullopt;
  }
  Inner inner;
  inner.place.fn = place.fn;
  inner.place.lambda = place.lambda;
  inner.place.self = place.self;
  inner.body = expr->body;
  for (uint32_t slot : expr->captures) inner.place.slots.push_back(place.slots[slot]);
  inner.place.slots.emplace_back(RowOf{&table});
  inner.place.slots.resize(std::max<size_t>(expr->frame_size, inner.place.slots.size()),
                           Lowered(Broken{}));
  return inner;
}

// Which rows an expression reads.
struct Reads {
  bool other = false;  // rows of the window's table
  bool here = false;   // anything else that differs from row to row
};

void FindReads(const Model& model, const Inner& inner, const Table& table, ExprId id,
               Reads& reads) {
  const Expr& expr = model.exprs[id];
  if (const auto* local = std::get_if<LocalExpr>(&expr.node)) {
    const Lowered& slot = inner.place.slots[local->slot];
    const auto* row = std::get_if<RowOf>(&slot);
    bool known = std::holds_alternative<Known>(slot);
    reads.other = reads.other || (row != nullptr && row->table == &table);
    reads.here = reads.here || (!known && (row == nullptr || row->table != &table));
  }
  reads.here = reads.here || std::holds_alternative<SelfFieldExpr>(expr.node);
  ForEachChild(expr, [&](ExprId child) { FindReads(model, inner, table, child, reads); });
}

Lowered BadWindow(Lowering& l, ExprId at, const std::string& dataset, std::string_view why) {
  l.diagnostics.Add(Diag::kBadWindow, SpanOf(l, at), {dataset, why});
  return Broken{};
}

// Lowers with the functions of the window's table being made.
template <typename Work>
auto InTable(Lowering& l, Table& table, Work&& work) {
  Table* outer = std::exchange(l.table, &table);
  auto result = work();
  l.table = outer;
  return result;
}

// `their column == value of the row`: a key on both sides.
bool AddKey(Lowering& l, Inner& inner, WindowOf& window, ExprId other, ExprId here) {
  auto side = InTable(l, *window.table, [&] { return LowerScalar(l, inner.place, other); });
  auto key = LowerScalar(l, inner.place, here);
  if (!side || !key) return false;
  if (side->type != key->type) {
    BadWindow(l, other, window.window.dataset, "the two sides of `==` have different types");
    return false;
  }
  window.side_keys.push_back(*side);
  window.keys.push_back(*key);
  return true;
}

bool AddCondition(Lowering& l, Inner& inner, WindowOf& window, ExprId id) {
  const auto* binary = std::get_if<BinaryExpr>(&l.model().exprs[id].node);
  if (binary != nullptr && binary->op == BinaryOp::kAnd) {
    return AddCondition(l, inner, window, binary->left) &&
           AddCondition(l, inner, window, binary->right);
  }
  auto reads = [&](ExprId part) {
    Reads found;
    FindReads(l.model(), inner, *window.table, part, found);
    return found;
  };
  if (!reads(id).here) {
    auto keep = InTable(l, *window.table, [&] { return LowerCondition(l, inner.place, id); });
    if (keep) window.keep = window.table->builder.And(window.keep, *keep);
    return keep.has_value();
  }
  if (binary != nullptr && binary->op == BinaryOp::kEq) {
    Reads left = reads(binary->left);
    Reads right = reads(binary->right);
    if (!left.here && !right.other) return AddKey(l, inner, window, binary->left, binary->right);
    if (!right.here && !left.other) return AddKey(l, inner, window, binary->right, binary->left);
  }
  BadWindow(l, id, window.window.dataset,
            "rows are compared by `==`, with a column of theirs alone on one side");
  return false;
}

// The position among the columns that are read of one of the two times.
std::optional<uint32_t> ClockOf(Lowering& l, Table& table, std::optional<size_t> column,
                                ExprId at) {
  if (!column || table.schema.fields[*column].nullable) return std::nullopt;
  Symbol name(table.schema.fields[*column].name);
  InTable(l, table, [&] { return ReadColumn(l, table, name, at); });
  return table.read.at(*column);
}

bool SetClocks(Lowering& l, WindowOf& window, ExprId of) {
  Table& table = *window.table;
  auto event = ClockOf(l, table, table.schema.EventTime(), of);
  auto known = ClockOf(l, table, table.schema.KnownAt(), of);
  if (!event || !known) {
    l.diagnostics.Add(Diag::kOneClock, SpanOf(l, of), {window.window.dataset});
    return false;
  }
  window.window.event_time = *event;
  window.window.known_at = *known;
  auto own = l.table->schema.EventTime();
  if (!own || l.table->schema.fields[*own].nullable) {
    l.diagnostics.Add(Diag::kOneClock, SpanOf(l, of),
                      {l.table->schema.name.empty() ? "the row" : l.table->schema.name});
    return false;
  }
  Lowered time = ReadColumn(l, *l.table, Symbol(l.table->schema.fields[*own].name), of);
  window.window.time = std::get<Scalar>(time).value;
  return true;
}

bool SetLast(Lowering& l, Place& place, WindowOf& window, ExprId id) {
  Lowered last = LowerExpr(l, place, id);
  const auto* known = std::get_if<Known>(&last);
  if (known != nullptr && known->value.is_null()) return true;
  if (known == nullptr || !known->value.is(ValueKind::kDuration)) {
    if (!IsBroken(last)) {
      BadWindow(l, id, window.window.dataset, "`last` is the same on all rows");
    }
    return false;
  }
  if (known->value.AsInt() <= 0) {
    l.diagnostics.Add(Diag::kLooksAhead, SpanOf(l, id),
                      {window.window.dataset,
                       fmt::format("`last: {}` is not before the row", ToText(known->value))});
    return false;
  }
  window.window.last = known->value.AsInt();
  return true;
}

// window(of, by[, last]), as_of(of, by).
Lowered LowerWindow(Lowering& l, Place& place, const CallBuiltinExpr& call, bool one) {
  Lowered of = LowerExpr(l, place, call.args[0]);
  const auto* known = std::get_if<Known>(&of);
  auto dataset = known != nullptr ? l.in.constants->DatasetOf(known->value) : std::nullopt;
  if (!dataset) return IsBroken(of) ? of : Refuse(l, call.args[0], "other rows than a dataset's");
  auto schema = RowSchemaOf(l.model(), dataset->row);
  if (!schema) return Broken{};  // said where the row type is named
  auto window = std::make_shared<WindowOf>();
  window->one = one;
  window->window.dataset = dataset->address;
  window->table = std::make_shared<Table>();
  window->table->row = dataset->row;
  window->table->schema = *std::move(schema);
  auto inner = InnerOf(l, place, call.args[1], *window->table);
  bool good = inner && SetClocks(l, *window, call.args[0]) &&
              AddCondition(l, *inner, *window, inner->body) &&
              (one || SetLast(l, place, *window, call.args[2]));
  if (!good) return Broken{};
  return WindowPtr(std::move(window));
}

void AddSideOutput(Function& side, std::string name, const Scalar& value) {
  Output output;
  output.field.name = std::move(name);
  output.field.type = value.type;
  output.field.nullable = !IsNone(value.present);
  output.value = value.value;
  output.present = value.present;
  side.outputs.push_back(std::move(output));
}

// The function over the other rows: keys, whether they are kept, and the value.
std::shared_ptr<const Function> SideOf(const WindowOf& window, const Scalar* value) {
  Builder& b = window.table->builder;
  NodeId keep = IsNone(window.keep) ? b.Constant(true) : window.keep;
  auto side = std::make_shared<Function>(window.table->function);
  side->name = window.window.dataset;
  for (size_t i = 0; i < window.side_keys.size(); ++i) {
    AddSideOutput(*side, fmt::format("key{}", i), window.side_keys[i]);
  }
  AddSideOutput(*side, "keep", {ColumnType::kBool, keep});
  if (value != nullptr) AddSideOutput(*side, "value", *value);
  return side;
}

// A number of the window, on each row; `null` where there may be none.
Lowered AddAggregate(Lowering& l, const WindowOf& of, Aggregate aggregate, const Scalar* value,
                     ColumnType type, ExprId at) {
  Function& function = l.table->function;
  Window window = of.window;
  window.aggregate = aggregate;
  window.type = TypeOf(type);
  for (const Scalar& key : of.keys) {
    window.keys.push_back(key.value);
    window.present.push_back(key.present);
  }
  window.side = SideOf(of, value);
  bool reads_window = std::ranges::any_of(
      window.keys, [&](NodeId key) { return function.nodes[key].op == Op::kWindow; });
  if (reads_window) return BadWindow(l, at, window.dataset, "its key is made by another window");
  auto index = static_cast<uint32_t>(function.windows.size());
  auto known = std::ranges::find(function.windows, window);
  if (known != function.windows.end()) {
    index = static_cast<uint32_t>(known - function.windows.begin());
  } else {
    function.windows.push_back(std::move(window));
  }
  Builder& b = l.builder();
  Scalar result{type, b.Leaf(Op::kWindow, TypeOf(type), index)};
  bool always = aggregate == Aggregate::kCount || aggregate == Aggregate::kSum;
  if (!always) result.present = b.Leaf(Op::kWindowPresent, Type::kBool, index);
  return result;
}

bool CanAggregate(Aggregate aggregate, ColumnType type) {
  switch (aggregate) {
    case Aggregate::kSum:
      return IsFloat(type) || type == ColumnType::kInt || type == ColumnType::kDuration ||
             type == ColumnType::kSize;
    case Aggregate::kMin:
    case Aggregate::kMax:
      return IsFloat(type) || IsInteger(type);
    case Aggregate::kMean:
      return type == ColumnType::kFloat;
    default:
      return true;
  }
}

}  // namespace

std::optional<Lowered> LowerWindowCall(Lowering& l, Place& place, std::string_view name,
                                       const CallBuiltinExpr& call, ExprId at) {
  if (name == "window" || name == "as_of") return LowerWindow(l, place, call, name == "as_of");
  auto aggregate = name.starts_with("rows_") ? AggregateFromName(name.substr(5)) : std::nullopt;
  if (!aggregate) return std::nullopt;
  Lowered of = LowerExpr(l, place, call.args[0]);
  const auto* window = std::get_if<WindowPtr>(&of);
  if (window == nullptr) return IsBroken(of) ? of : Refuse(l, at, "counting other rows");
  if (*aggregate == Aggregate::kCount) {
    return AddAggregate(l, **window, *aggregate, nullptr, ColumnType::kInt, at);
  }
  auto inner = InnerOf(l, place, call.args[1], *(*window)->table);
  if (!inner) return Broken{};
  auto value =
      InTable(l, *(*window)->table, [&] { return LowerScalar(l, inner->place, inner->body); });
  if (!value) return Broken{};
  const std::string& dataset = (*window)->window.dataset;
  if (!IsNone(value->present)) {
    return BadWindow(l, inner->body, dataset, "its values may be null: give them one with `??`");
  }
  if (!CanAggregate(*aggregate, value->type)) {
    return BadWindow(
        l, inner->body, dataset,
        fmt::format("values of {} have no {}", ColumnTypeName(value->type), NameOf(*aggregate)));
  }
  return AddAggregate(l, **window, *aggregate, &*value, value->type, at);
}

Lowered FieldOfLast(Lowering& l, const WindowOf& window, Symbol name, ExprId at) {
  Table& table = *window.table;
  Lowered column = InTable(l, table, [&] { return ReadColumn(l, table, name, at); });
  const auto* value = std::get_if<Scalar>(&column);
  if (value == nullptr) return column;
  Scalar there{value->type, value->value};
  Lowered last = AddAggregate(l, window, Aggregate::kLast, &there, value->type, at);
  const auto* scalar = std::get_if<Scalar>(&last);
  if (scalar == nullptr || IsNone(value->present)) return last;
  // The column may be null in the row that was found.
  Scalar present{ColumnType::kBool, value->present};
  Lowered valid = AddAggregate(l, window, Aggregate::kLast, &present, ColumnType::kBool, at);
  NodeId both = l.builder().And(scalar->present, std::get<Scalar>(valid).value);
  return Scalar{scalar->type, scalar->value, both};
}

std::optional<NodeId> IsThere(Lowering& l, const WindowOf& window, ExprId at) {
  Lowered count = AddAggregate(l, window, Aggregate::kCount, nullptr, ColumnType::kInt, at);
  const auto* scalar = std::get_if<Scalar>(&count);
  if (scalar == nullptr) return std::nullopt;
  Builder& b = l.builder();
  return b.Make(Op::kLtInt, {b.Constant(int64_t{0}), scalar->value});
}

}  // namespace opsc::kernel
