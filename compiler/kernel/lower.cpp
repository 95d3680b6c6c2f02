#include "compiler/kernel/lower.h"

#include <fmt/format.h>

#include "compiler/kernel/lowering.h"
#include "compiler/model/walk.h"

namespace opsc::kernel {
namespace {

constexpr int kMaxDepth = 400;  // of inlined calls and expressions in each other
constexpr size_t kMaxNodes = 200'000;

Span SpanOf(const Lowering& l, ExprId id) {
  return l.model().exprs[id].span;
}

std::optional<Scalar> ConstantOf(Lowering& l, const Value& value) {
  Builder& b = l.builder();
  switch (value.kind()) {
    case ValueKind::kBool:
      return Scalar{ColumnType::kBool, b.Constant(value.AsBool())};
    case ValueKind::kInt:
      return Scalar{ColumnType::kInt, b.Constant(value.AsInt())};
    case ValueKind::kFloat:
      return Scalar{ColumnType::kFloat, b.Constant(value.AsFloat())};
    case ValueKind::kRatio:
      return Scalar{ColumnType::kRatio, b.Constant(value.AsFloat())};
    case ValueKind::kDuration:
      return Scalar{ColumnType::kDuration, b.Constant(value.AsInt())};
    case ValueKind::kSize:
      return Scalar{ColumnType::kSize, b.Constant(value.AsInt())};
    case ValueKind::kTime:
      return Scalar{ColumnType::kTime, b.Constant(value.AsInt())};
    case ValueKind::kString:
      return Scalar{ColumnType::kString, b.Constant(value.AsString())};
    default:
      return std::nullopt;
  }
}

std::string_view WhatIs(const Lowered& lowered) {
  return Match(
      lowered,
      [](const Known& known) -> std::string_view {
        if (known.value.has_pending()) return "a value that is known only after apply";
        return known.value.is_null() ? "`null` alone" : "a value that is no column's";
      },
      [](const RowOf&) -> std::string_view { return "a whole row"; },
      [](const std::shared_ptr<const WindowOf>&) -> std::string_view {
        return "a window without `.count()`, `.sum(…)` or the like";
      },
      [](const auto&) -> std::string_view { return "a record"; });
}

// A call is its body with the arguments in its slots.
Lowered Inline(Lowering& l, ExprId body, size_t frame_size, FnId fn, std::vector<Lowered> slots,
               const Value& lambda = {}) {
  for (const Lowered& slot : slots) {
    if (IsBroken(slot)) return Broken{};
  }
  Place inner;
  inner.slots = std::move(slots);
  inner.slots.resize(std::max(frame_size, inner.slots.size()), Lowered(Broken{}));
  inner.fn = fn;
  inner.lambda = lambda;
  return LowerExpr(l, inner, body);
}

std::vector<Lowered> LowerAll(Lowering& l, Place& place, const std::vector<ExprId>& ids) {
  std::vector<Lowered> all;
  for (ExprId id : ids) all.push_back(LowerExpr(l, place, id));
  return all;
}

Lowered LowerCallOfValue(Lowering& l, Place& place, const CallValueExpr& call, ExprId at) {
  Lowered callee = LowerExpr(l, place, call.callee);
  const auto* known = std::get_if<Known>(&callee);
  auto lambda = known != nullptr ? l.in.constants->LambdaOf(known->value) : std::nullopt;
  if (!lambda) return IsBroken(callee) ? callee : Refuse(l, at, "calling this");
  const auto& expr = std::get<LambdaExpr>(l.model().exprs[lambda->lambda].node);
  std::vector<Lowered> slots;
  for (const Value& value : lambda->captured) slots.emplace_back(Known{value});
  for (Lowered& arg : LowerAll(l, place, call.args)) slots.push_back(std::move(arg));
  return Inline(l, expr.body, expr.frame_size, kNone<FnId>, std::move(slots), known->value);
}

Lowered LowerConstant(Lowering& l, Place& place, ExprId at) {
  auto value = l.in.constants->Of(at, place.fn, place.lambda);
  return value ? Lowered(Known{*std::move(value)}) : Lowered(Broken{});
}

Lowered LowerInterpolation(Lowering& l, Place& place, const InterpExpr& text) {
  Builder& b = l.builder();
  NodeId whole = b.Constant(std::string_view(text.texts[0]));
  for (size_t i = 0; i < text.parts.size(); ++i) {
    auto part = LowerScalar(l, place, text.parts[i]);
    if (!part) return Broken{};
    if (part->type != ColumnType::kString || !IsNone(part->present)) {
      return Refuse(l, text.parts[i], "making a string of what is none");
    }
    whole = b.Make(Op::kConcat, {whole, part->value});
    whole = b.Make(Op::kConcat, {whole, b.Constant(std::string_view(text.texts[i + 1]))});
  }
  return Scalar{ColumnType::kString, whole};
}

// A list whose elements are the same on all rows.
Lowered LowerList(Lowering& l, Place& place, const ListExpr& list, ExprId at) {
  std::vector<Value> items;
  for (const ListElement& element : list.elements) {
    Lowered item = LowerExpr(l, place, element.value);
    const auto* known = std::get_if<Known>(&item);
    if (known == nullptr || element.spread) {
      return IsBroken(item) ? item : Refuse(l, at, "a list of values that differ from row to row");
    }
    items.push_back(known->value);
  }
  return Known{Value::List(std::move(items))};
}

// A value that must fit a refined type: the row fails where it does not.
Lowered LowerEnsure(Lowering& l, Place& place, const EnsureExpr& ensure, ExprId at) {
  Lowered value = LowerExpr(l, place, ensure.value);
  const auto* scalar = std::get_if<Scalar>(&value);
  if (scalar == nullptr) return value;  // constants were looked at by the evaluator
  auto column = ColumnOf(l.model(), ensure.type);
  bool bounded = column && column->pattern.empty() && column->one_of.empty() &&
                 scalar->type != ColumnType::kString;
  if (!bounded) return Refuse(l, at, "narrowing to " + l.model().types.Print(ensure.type, 60));
  Builder& b = l.builder();
  std::optional<GuardScope> guard;
  if (!IsNone(scalar->present)) guard.emplace(b, scalar->present);
  for (bool low : {true, false}) {
    const auto& bound = low ? column->low : column->high;
    auto limit = bound ? ConstantOf(l, *bound) : std::nullopt;
    if (!limit) continue;
    auto outside = low ? Less(l, {scalar->type, scalar->value}, *limit, at)
                       : Less(l, *limit, {scalar->type, scalar->value}, at);
    if (!outside) return Broken{};
    b.Make(Op::kRequire, {b.Not(*outside)});
  }
  return value;
}

Lowered Dispatch(Lowering& l, Place& place, ExprId id) {
  return Match(
      l.model().exprs[id].node, [&](const ConstExpr& e) { return Lowered(Known{e.value}); },
      [&](const LocalExpr& e) { return place.slots[e.slot]; },
      [&](const ItemExpr&) { return LowerConstant(l, place, id); },
      [&](const FnExpr&) { return LowerConstant(l, place, id); },
      [&](const BuiltinExpr&) { return LowerConstant(l, place, id); },
      [&](const TypeExprValue&) { return LowerConstant(l, place, id); },
      [&](const SelfFieldExpr& e) { return LowerSelf(l, place, e.name, id); },
      [&](const MemberExpr& e) {
        bool module = std::holds_alternative<ModuleExpr>(l.model().exprs[e.object].node);
        return module ? LowerConstant(l, place, id) : LowerMember(l, place, e, id);
      },
      [&](const CallFnExpr& e) {
        const auto& fn = l.model().functions[e.fn];
        return Inline(l, fn.body, fn.frame_size, e.fn, LowerAll(l, place, e.args));
      },
      [&](const CallBuiltinExpr& e) { return LowerBuiltin(l, place, e, id); },
      [&](const CallValueExpr& e) { return LowerCallOfValue(l, place, e, id); },
      [&](const UnaryExpr& e) { return LowerUnary(l, place, e, id); },
      [&](const BinaryExpr& e) { return LowerBinary(l, place, e, id); },
      [&](const IfExpr& e) { return LowerIf(l, place, e, id); },
      [&](const MatchExpr& e) { return LowerMatch(l, place, e, id); },
      [&](const InterpExpr& e) { return LowerInterpolation(l, place, e); },
      [&](const ListExpr& e) { return LowerList(l, place, e, id); },
      [&](const RecordExpr& e) { return LowerRecord(l, place, e, id); },
      [&](const EnsureExpr& e) { return LowerEnsure(l, place, e, id); },
      [&](const ErrorExpr&) { return Lowered(Broken{}); },
      [&](const LambdaExpr&) { return Refuse(l, id, "a function as a value"); },
      [&](const IndexExpr&) { return Refuse(l, id, "reading by key or position"); },
      [&](const WithExpr&) { return Refuse(l, id, "`with`"); },
      [&](const auto&) { return Refuse(l, id, "this expression"); });
}

bool AddOutput(Lowering& l, Symbol name, const Lowered& value, ExprId at) {
  auto scalar = ScalarOf(l, value, at);
  if (!scalar) return false;
  // What the checker has narrowed is never null here.
  if (auto typed = ColumnOf(l.model(), l.model().exprs[at].type); typed && !typed->nullable) {
    scalar->present = kNone<NodeId>;
  }
  Output output;
  output.field.name = name.str();
  output.field.type = scalar->type;
  output.field.nullable = !IsNone(scalar->present);
  output.value = scalar->value;
  output.present = scalar->present;
  l.table->function.outputs.push_back(std::move(output));
  return true;
}

// Where the column's expression stands, for messages.
ExprId PlaceOf(const Lowering& l, ExprId body, Symbol name) {
  const auto* record = std::get_if<RecordExpr>(&l.model().exprs[body].node);
  if (record == nullptr) return body;
  for (const RecordEntry& entry : record->entries) {
    if (!entry.spread && entry.name == name) return entry.value;
  }
  return body;
}

}  // namespace

bool IsBroken(const Lowered& lowered) {
  return std::holds_alternative<Broken>(lowered);
}
bool IsNull(const Lowered& lowered) {
  const auto* known = std::get_if<Known>(&lowered);
  return known != nullptr && known->value.is_null();
}

Lowered Refuse(Lowering& l, ExprId at, std::string_view what) {
  l.diagnostics.Add(Diag::kNoRowMeaning, SpanOf(l, at), {what});
  return Broken{};
}

std::optional<Scalar> ScalarOf(Lowering& l, const Lowered& lowered, ExprId at) {
  if (const auto* scalar = std::get_if<Scalar>(&lowered)) return *scalar;
  if (IsBroken(lowered)) return std::nullopt;
  if (const auto* known = std::get_if<Known>(&lowered)) {
    if (auto constant = ConstantOf(l, known->value)) return constant;
    auto column = ColumnOf(l.model(), l.model().exprs[at].type);
    if (known->value.is_null() && column) return NullOf(l, column->type);
  }
  Refuse(l, at, WhatIs(lowered));
  return std::nullopt;
}

std::optional<Scalar> PresentOf(Lowering& l, const Lowered& lowered, ExprId at) {
  auto scalar = ScalarOf(l, lowered, at);
  if (!scalar || IsNone(scalar->present)) return scalar;
  // The checker has seen that it is not null here.
  return Scalar{scalar->type, scalar->value};
}

Scalar NullOf(Lowering& l, ColumnType type) {
  return {type, l.builder().Zero(TypeOf(type)), l.builder().Constant(false)};
}

std::optional<Scalar> LowerScalar(Lowering& l, Place& place, ExprId id) {
  return ScalarOf(l, LowerExpr(l, place, id), id);
}

std::optional<NodeId> LowerCondition(Lowering& l, Place& place, ExprId id) {
  auto scalar = PresentOf(l, LowerExpr(l, place, id), id);
  if (!scalar) return std::nullopt;
  if (scalar->type == ColumnType::kBool) return scalar->value;
  Refuse(l, id, "a condition that is no bool");
  return std::nullopt;
}

Lowered ReadColumn(Lowering& l, Table& table, Symbol name, ExprId at) {
  auto column = table.schema.Find(name.text());
  if (!column) return Refuse(l, at, fmt::format("the field `{}`", name.text()));
  if (&table != l.table)
    return Refuse(l, at, "a column of one row beside numbers of whole columns or other rows");
  const RowField& field = table.schema.fields[*column];
  auto [it, fresh] = table.read.try_emplace(*column, table.function.input.fields.size());
  if (fresh) {
    RowField read;
    read.name = field.name;
    read.type = field.type;
    read.nullable = field.nullable;
    table.function.input.fields.push_back(std::move(read));
  }
  Builder& b = l.builder();
  Scalar scalar{field.type, b.Leaf(Op::kColumn, TypeOf(field.type), it->second)};
  if (field.nullable) scalar.present = b.Leaf(Op::kPresent, Type::kBool, it->second);
  return scalar;
}

Lowered LowerExpr(Lowering& l, Place& place, ExprId id) {
  if (l.depth >= kMaxDepth || l.table->function.nodes.size() > kMaxNodes) {
    return Refuse(l, id, "a function of this size");
  }
  ++l.depth;
  Lowered lowered = Dispatch(l, place, id);
  --l.depth;
  return lowered;
}

std::optional<Function> Lower(const LowerInputs& inputs, Diagnostics& diagnostics) {
  const auto& lambda = std::get<LambdaExpr>(inputs.model->exprs[inputs.lambda.lambda].node);
  auto schema = FlatSchemaOf(*inputs.model, inputs.row);
  if (!schema) return std::nullopt;  // said where the row type is named
  Table table;
  table.row = inputs.row;
  table.schema = *std::move(schema);
  table.function.name = inputs.name;
  Lowering l{inputs, diagnostics, &table};
  std::vector<Lowered> slots;
  for (const Value& value : inputs.lambda.captured) slots.emplace_back(Known{value});
  slots.emplace_back(RowOf{&table});
  Lowered result = Inline(l, lambda.body, lambda.frame_size, kNone<FnId>, std::move(slots));
  if (IsBroken(result)) return std::nullopt;
  bool good = true;
  if (const auto* record = std::get_if<std::shared_ptr<const RecordOf>>(&result)) {
    for (const auto& [name, value] : (*record)->fields) {
      good = AddOutput(l, name, value, PlaceOf(l, lambda.body, name)) && good;
    }
  } else {
    good = AddOutput(l, Symbol(inputs.column), result, lambda.body);
  }
  if (!good) return std::nullopt;
  return std::move(table.function);
}

}  // namespace opsc::kernel
