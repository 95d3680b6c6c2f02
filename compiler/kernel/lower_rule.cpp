#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "compiler/kernel/encode.h"
#include "compiler/kernel/lowering.h"
#include "compiler/model/walk.h"

namespace opsc::kernel {
namespace {

// What a function of a column gives: the column's own type, or a fixed one; null of nothing?
struct ColumnFunction {
  std::string_view builtin;
  std::string_view name;
  std::optional<ColumnType> type;
  bool nullable;
};
constexpr ColumnFunction kFunctions[] = {
    {"count", "count", ColumnType::kInt, false},
    {"rows", "rows", ColumnType::kInt, false},
    {"null_rate", "null_rate", ColumnType::kRatio, true},
    {"mean", "mean", ColumnType::kFloat, true},
    {"std", "std", ColumnType::kFloat, true},
    {"quantile", "quantile", ColumnType::kFloat, true},
    {"duplicates", "duplicates", ColumnType::kInt, false},
    {"share", "share", ColumnType::kRatio, true},
    {"column_sum", "sum", std::nullopt, false},
    {"column_min", "min", std::nullopt, true},
    {"column_max", "max", std::nullopt, true},
    {"column_every", "every", ColumnType::kBool, false},
    {"column_distinct", "distinct", ColumnType::kInt, false},
};

const ColumnFunction* FindFunction(std::string_view builtin) {
  const auto* found = std::ranges::find(kFunctions, builtin, &ColumnFunction::builtin);
  return found == std::end(kFunctions) ? nullptr : found;
}

// Does the expression, or a function that it calls, look at a whole column?
bool LooksAtColumns(const LowerInputs& in, ExprId id, std::set<FnId>& seen) {
  const Expr& expr = in.model->exprs[id];
  if (const auto* call = std::get_if<CallBuiltinExpr>(&expr.node)) {
    if (FindFunction(in.builtins->names[static_cast<size_t>(call->builtin)]) != nullptr)
      return true;
  }
  bool looks = false;
  if (const auto* call = std::get_if<CallFnExpr>(&expr.node);
      call && seen.insert(call->fn).second) {
    looks = LooksAtColumns(in, in.model->functions[call->fn].body, seen);
  }
  ForEachChild(expr, [&](ExprId child) { looks = looks || LooksAtColumns(in, child, seen); });
  return looks;
}

Output OutputOf(std::string name, const Scalar& value) {
  Output output;
  output.field.name = std::move(name);
  output.field.type = value.type;
  output.field.nullable = !IsNone(value.present);
  output.value = value.value;
  output.present = value.present;
  return output;
}

uint32_t AddColumn(Function& rows, const Scalar& value) {
  auto same = std::ranges::find_if(rows.outputs, [&](const Output& output) {
    return output.value == value.value && output.present == value.present;
  });
  auto at = static_cast<uint32_t>(same - rows.outputs.begin());
  if (same == rows.outputs.end()) rows.outputs.push_back(OutputOf(fmt::format("c{}", at), value));
  return at;
}

// The number as a column of the one row of `result`.
Scalar AddUse(Lowering& l, ColumnUse use, ColumnType type, bool nullable) {
  RowField field;
  field.name = fmt::format("a{}", l.rule->uses.size());
  field.type = type;
  field.nullable = nullable;
  auto at = static_cast<uint32_t>(l.rule->uses.size());
  l.rule->uses.push_back(std::move(use));
  l.table->function.input.fields.push_back(std::move(field));
  Scalar number{type, l.builder().Leaf(Op::kColumn, TypeOf(type), at)};
  if (nullable) {
    NodeId there = l.builder().Leaf(Op::kPresent, Type::kBool, at);
    l.rule->decided = l.builder().And(l.rule->decided, there);
  }
  return number;
}

Lowered LowerColumnFunction(Lowering& l, Place& place, const ColumnFunction& function,
                            const CallBuiltinExpr& call, ExprId at) {
  ColumnUse use{std::string(function.name)};
  ColumnType type = function.type.value_or(ColumnType::kInt);
  if (!call.args.empty()) {
    Table* outer = std::exchange(l.table, l.rule->rows);
    auto column = LowerScalar(l, place, call.args[0]);
    l.table = outer;
    if (!column) return Broken{};
    if (!function.type) type = column->type;
    use.column = AddColumn(l.rule->rows->function, *column);
  }
  if (call.args.size() > 1) {
    Lowered q = LowerExpr(l, place, call.args[1]);
    const auto* known = std::get_if<Known>(&q);
    if (known == nullptr || !known->value.is(ValueKind::kFloat)) {
      return IsBroken(q) ? q : Refuse(l, at, "a share that is not constant");
    }
    use.q = known->value.AsFloat();
  }
  return AddUse(l, std::move(use), type, function.nullable);
}

bool LowerInto(Lowering& l, Table& table, const LambdaExpr& lambda, RuleState& state) {
  Place place;
  for (const Value& value : l.in.lambda.captured) place.slots.emplace_back(Known{value});
  place.slots.emplace_back(RowOf{state.rows});
  place.slots.resize(std::max<size_t>(lambda.frame_size, place.slots.size()), Lowered(Broken{}));
  auto holds = LowerCondition(l, place, lambda.body);
  if (!holds) return false;
  Output output = OutputOf("value", {ColumnType::kBool, *holds, state.decided});
  table.function.outputs.push_back(std::move(output));
  return true;
}

// A rule on each row: every row has to keep to it.
void AddEvery(Rule& rule) {
  RowField field;
  field.name = "a0";
  field.type = ColumnType::kBool;
  rule.result.input.fields.push_back(field);
  Builder builder(rule.result);
  NodeId every = builder.Leaf(Op::kColumn, Type::kBool, 0);
  rule.result.outputs.push_back(OutputOf("value", {ColumnType::kBool, every}));
  rule.uses.push_back({"every"});
}

}  // namespace

std::optional<Lowered> LowerColumnCall(Lowering& l, Place& place, std::string_view name,
                                       const CallBuiltinExpr& call, ExprId at) {
  const ColumnFunction* function = FindFunction(name);
  if (function == nullptr) return std::nullopt;
  if (l.rule == nullptr || l.table == l.rule->rows) {
    return Refuse(l, at, fmt::format("`{}` of a whole column", function->name));
  }
  return LowerColumnFunction(l, place, *function, call, at);
}

std::optional<Rule> LowerRule(const LowerInputs& inputs, Diagnostics& diagnostics) {
  const auto& lambda = std::get<LambdaExpr>(inputs.model->exprs[inputs.lambda.lambda].node);
  auto schema = RowSchemaOf(*inputs.model, inputs.row);
  if (!schema) return std::nullopt;  // said where the row type is named
  Table rows;
  Table result;
  rows.row = inputs.row;
  rows.schema = *std::move(schema);
  std::set<FnId> seen;
  RuleState state{&rows};
  Rule rule;
  if (LooksAtColumns(inputs, lambda.body, seen)) {
    Lowering l{inputs, diagnostics, &result};
    l.rule = &state;
    if (!LowerInto(l, result, lambda, state)) return std::nullopt;
    rule.result = std::move(result.function);
  } else {
    Lowering l{inputs, diagnostics, &rows};
    if (!LowerInto(l, rows, lambda, state)) return std::nullopt;
    AddEvery(rule);
  }
  rule.rows = std::move(rows.function);
  std::ranges::move(state.uses, std::back_inserter(rule.uses));
  rule.rows.name = inputs.name;
  rule.result.name = inputs.name;
  return rule;
}

std::string EncodeRule(const Rule& rule) {
  using Json = nlohmann::ordered_json;
  Json uses = Json::array();
  for (const ColumnUse& use : rule.uses) {
    Json json{{"function", use.function}, {"column", use.column}};
    if (use.function == "quantile") json["q"] = use.q;
    uses.push_back(std::move(json));
  }
  return Json{{"rows", Json::parse(Encode(rule.rows))},
              {"aggregates", std::move(uses)},
              {"result", Json::parse(Encode(rule.result))}}
      .dump();
}

}  // namespace opsc::kernel
