#include "runtime/data/expect.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/data/aggregate.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> NoRule(const std::string& name, std::string_view why) {
  return Fail(ErrorKind::kCorrupt, fmt::format("`expect.{}` is no rule: {}", name, why));
}

// A kernel stands as text or as JSON.
std::string KernelText(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// A rule, loaded.
struct Rule {
  std::unique_ptr<Kernel> rows;
  std::unique_ptr<Kernel> result;
  std::vector<Aggregate> aggregates;
  std::vector<size_t> columns;  // that each aggregate takes
  std::vector<std::string> texts;
};

Status AddAggregate(const std::string& name, const Json& json, Rule& rule) {
  auto function = AggregateFromName(json.value("function", ""));
  size_t column = json.value("column", size_t{0});
  const auto& outputs = rule.rows->output()->fields;
  bool counts_rows = function == AggregateFunction::kRows && outputs.empty();
  if (!function || (column >= outputs.size() && !counts_rows)) {
    return NoRule(name, "it has an aggregate of nothing");
  }
  ColumnType type = counts_rows ? ColumnType::kInt : outputs[column].type;
  if (auto why = WhyNot(*function, type); !why.empty()) return NoRule(name, why);
  rule.aggregates.emplace_back(*function, type, json.value("q", 0.5));
  rule.columns.push_back(column);
  // Outputs have names of the compiler; what is read has those of the user.
  const auto& inputs = rule.rows->input()->fields;
  std::string of = counts_rows ? "" : inputs.size() == 1 ? inputs[0].name : outputs[column].name;
  rule.texts.push_back(json.value("text", fmt::format("{}({})", AggregateName(*function), of)));
  return {};
}

Result<Rule> LoadRule(const std::string& name, std::string_view text, KernelLoader& kernels) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  bool whole = json.is_object() && json.contains("rows") && json.contains("aggregates") &&
               json.contains("result");
  if (!whole) return NoRule(name, "a part of it is missing");
  Rule rule;
  OPS_ASSIGN(rule.rows, kernels.Load(KernelText(json["rows"])));
  OPS_ASSIGN(rule.result, kernels.Load(KernelText(json["result"])));
  for (const Json& item : json["aggregates"]) OPS_TRY(AddAggregate(name, item, rule));
  bool fits = rule.result->input()->fields.size() <= rule.aggregates.size() &&
              rule.result->output()->fields.size() == 1 &&
              rule.result->output()->fields[0].type == ColumnType::kBool;
  if (!fits) return NoRule(name, "it gives no condition");
  return rule;
}

Status Feed(Rule& rule, const Snapshot& snapshot, const std::string& root) {
  std::vector<size_t> columns;
  for (const RowField& field : rule.rows->input()->fields) {
    auto at = snapshot.schema->Find(field.name);
    if (!at) return Fail(ErrorKind::kInput, fmt::format("there is no column `{}`", field.name));
    columns.push_back(*at);
  }
  if (columns.empty()) columns = {0};
  OPS_ASSIGN(auto source, OpenSnapshot(snapshot, root, columns));
  for (;;) {
    OPS_ASSIGN(auto batch, source->Next());
    if (!batch) return {};
    OPS_ASSIGN(Batch read, Select(*batch, rule.rows->input()));
    Batch out;
    OPS_TRY(rule.rows->Run(read, out));
    for (size_t i = 0; i < rule.aggregates.size(); ++i) {
      if (out.columns.empty()) {
        rule.aggregates[i].Add(Column::Zeroed(ColumnType::kInt, batch->rows));
      } else {
        rule.aggregates[i].Add(out.columns[rule.columns[i]]);
      }
    }
  }
}

// The row of aggregates as `result` takes it: `a3` is the aggregate 3.
Result<bool> Decide(const Rule& rule, const std::vector<Value>& figures) {
  const SchemaPtr& wanted = rule.result->input();
  std::vector<Field> fields;
  auto schema = std::make_shared<RowSchema>(*wanted);
  for (RowField& field : schema->fields) {
    size_t at = static_cast<size_t>(std::strtoul(field.name.c_str() + 1, nullptr, 10));
    if (!field.name.starts_with('a') || at >= figures.size()) {
      return Fail(ErrorKind::kCorrupt, "a rule wants an aggregate that it does not have");
    }
    field.nullable = true;
    fields.emplace_back(Symbol(field.name), figures[at]);
  }
  Value row = Value::Record(std::move(fields));
  OPS_ASSIGN(Batch in, BatchOf(schema, {&row, 1}));
  in.schema = wanted;
  Batch out;
  OPS_TRY(rule.result->Run(in, out));
  const Column& verdict = out.columns[0];
  return !verdict.IsNull(0) && verdict.bools()[0] != 0;
}

std::string FigureText(const Value& value) {
  if (value.is(ValueKind::kRatio)) return fmt::format("{:.4g}%", value.AsFloat() * 100);
  if (value.is(ValueKind::kFloat)) return fmt::format("{:.6g}", value.AsFloat());
  if (!value.is(ValueKind::kTime)) return ToText(value);
  return FormatTime(Time(std::chrono::nanoseconds(value.AsInt())));
}

}  // namespace

Result<Expectation> DecideRule(const std::string& name, std::string_view rule,
                               const Snapshot& snapshot, const std::string& root,
                               KernelLoader& kernels) {
  OPS_ASSIGN(Rule loaded, LoadRule(name, rule, kernels));
  OPS_TRY(Feed(loaded, snapshot, root));
  Expectation out;
  out.name = name;
  std::vector<Value> figures;
  for (size_t i = 0; i < loaded.aggregates.size(); ++i) {
    OPS_ASSIGN(Value figure, loaded.aggregates[i].Finish());
    out.figures.emplace_back(loaded.texts[i], figure);
    figures.push_back(std::move(figure));
  }
  OPS_ASSIGN(out.holds, Decide(loaded, figures));
  return out;
}

std::string ExpectationText(const Expectation& expectation) {
  std::string text = expectation.name + ":";
  for (const auto& [what, value] : expectation.figures) {
    text += fmt::format("{} {} = {}", text.ends_with(':') ? "" : ",", what, FigureText(value));
  }
  return text;
}

}  // namespace opsc
