#include "runtime/registry/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace opsc {
namespace {

void AddMeasures(Objective objective, const std::string& prefix, RowSchema& schema) {
  for (const Metric& metric : MetricsOf(objective)) {
    for (const char* end : {"", "_low", "_high"}) {
      schema.fields.push_back(
          FieldOfType(fmt::format("{}{}{}", prefix, metric.name, end), ColumnType::kFloat));
    }
  }
}

// A measure by name, or one that is worse than any.
Measured MeasureOf(const std::vector<Measured>& metrics, const Metric& metric) {
  const auto found = std::ranges::find(metrics, metric.name, &Measured::name);
  if (found != metrics.end()) return *found;
  const double worst = (metric.higher_is_better ? -1 : 1) * std::numeric_limits<double>::infinity();
  return {std::string(metric.name), worst, worst, worst};
}

void PutMeasures(Objective objective, const std::vector<Measured>& metrics, Batch& row,
                 size_t& at) {
  for (const Metric& metric : MetricsOf(objective)) {
    const Measured m = MeasureOf(metrics, metric);
    for (const double x : {m.value, m.low, m.high}) row.columns[at++].writable_floats()[0] = x;
  }
}

std::string Shown(const Measured& m) {
  if (!std::isfinite(m.value)) return "-";
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", m.value, m.low, m.high);
}

}  // namespace

SchemaPtr GateSchema(Objective objective) {
  RowSchema schema{"ModelMetrics", {}};
  schema.fields.push_back(FieldOfType("rows", ColumnType::kInt));
  schema.fields.push_back(FieldOfType("positives", ColumnType::kInt));
  schema.fields.push_back(FieldOfType("has_champion", ColumnType::kBool));
  AddMeasures(objective, "", schema);
  AddMeasures(objective, "champion.", schema);
  return std::make_shared<const RowSchema>(std::move(schema));
}

Batch GateRow(const ModelCard& candidate, const ChampionMeasures& champion) {
  Batch row{GateSchema(candidate.objective), 1, {}};
  for (const RowField& field : row.schema->fields) {
    row.columns.push_back(Column::Zeroed(field.type, 1));
  }
  row.columns[0].writable_ints()[0] = static_cast<int64_t>(candidate.test_rows);
  row.columns[1].writable_ints()[0] = static_cast<int64_t>(candidate.positives);
  row.columns[2].writable_bools()[0] = champion.version > 0;
  size_t at = 3;
  PutMeasures(candidate.objective, candidate.metrics, row, at);
  PutMeasures(candidate.objective, champion.metrics, row, at);
  return row;
}

bool MayHaveLearnt(const ModelCard& trained, const ModelCard& tested) {
  if (trained.learnt_until && tested.tested_since) {
    if (*tested.tested_since > *trained.learnt_until) return false;
  } else if (trained.split.kind == SplitSpec::Kind::kTime) {
    return false;
  }
  const SplitSpec& a = trained.split;
  const SplitSpec& b = tested.split;
  const bool same_sides = a.kind != SplitSpec::Kind::kTime && a.kind == b.kind &&
                          a.seed == b.seed && a.group == b.group && b.test <= a.test;
  return !same_sides;
}

std::string KnownRowsText(const ChampionMeasures& champion) {
  if (!champion.may_know_rows) return "";
  return fmt::format(
      "version {} may have been trained on some of these test rows, which flatters it",
      champion.version);
}

std::string CompareText(const ModelCard& candidate, const ChampionMeasures& champion) {
  const std::string other = champion.version == 0
                                ? "no champion yet"
                                : fmt::format("champion (version {}{})", champion.version,
                                              champion.same_rows ? "" : ", on its own test rows");
  std::string out = fmt::format("  {:<18} {:<28} {}\n", "", "candidate", other);
  for (const Metric& metric : MetricsOf(candidate.objective)) {
    out += fmt::format("  {:<18} {:<28} {}\n", metric.name,
                       Shown(MeasureOf(candidate.metrics, metric)),
                       Shown(MeasureOf(champion.metrics, metric)));
  }
  out += fmt::format("  {} test rows", candidate.test_rows);
  if (candidate.objective == Objective::kBinary) {
    out += fmt::format(", {} of them true", candidate.positives);
  }
  const std::string known = KnownRowsText(champion);
  return known.empty() ? out : out + "\n  " + known;
}

namespace {

// Null is no.
Result<bool> Holds(const Kernel& gate, const Batch& measures) {
  OPS_ASSIGN(const Batch row, Select(measures, gate.input()));
  Batch out;
  OPS_TRY(gate.Run(row, out));
  const Column& answer = out.columns.front();
  return !answer.IsNull(0) && answer.bools()[0] != 0;
}

std::string ClausesText(std::span<const GateClause> clauses, const Batch& measures) {
  std::string out;
  for (const GateClause& clause : clauses) {
    const auto holds = Holds(*clause.kernel, measures);
    if (holds) out += fmt::format("  {}  {}\n", *holds ? "holds" : "fails", clause.text);
  }
  return out;
}

}  // namespace

Status AskGate(const Kernel& gate, std::string_view text, const ModelCard& candidate,
               const ChampionMeasures& champion, std::span<const GateClause> clauses) {
  const Batch measures = GateRow(candidate, champion);
  const auto row = Select(measures, gate.input());
  if (!row) {
    return Fail(ErrorKind::kInput,
                fmt::format("the gate of {} asks for what the model does not have: {}",
                            candidate.name, row.error().message),
                candidate.objective == Objective::kBinary
                    ? "its label is a bool, so it has the measures of a binary model"
                    : "its label is a number, so it has the measures of a regression");
  }
  OPS_ASSIGN(const bool holds, Holds(gate, measures));
  if (holds) return {};
  return Fail(ErrorKind::kDenied,
              fmt::format("the gate of {} refuses the candidate: {}\n{}{}", candidate.name, text,
                          ClausesText(clauses, measures), CompareText(candidate, champion)),
              champion.version == 0
                  ? "no version is in charge; better data, features or parameters are needed"
                  : fmt::format("version {} stays in charge", champion.version));
}

}  // namespace opsc
