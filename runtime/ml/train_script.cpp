#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/ml/slices.h"
#include "runtime/ml/training_table.h"

namespace opsc {
namespace {

// Most libraries refuse infinities, each in its own words.
Status CheckFinite(const std::vector<Batch>& features) {
  const RowSchema& schema = *features.front().schema;
  for (size_t at = 0; at < schema.fields.size(); ++at) {
    if (!IsFloat(schema.fields[at].type)) continue;
    uint64_t infinite = 0, rows = 0;
    for (const Batch& batch : features) {
      rows += batch.rows;
      for (size_t row = 0; row < batch.rows; ++row) {
        if (std::isinf(batch.columns[at].floats()[row])) ++infinite;
      }
    }
    if (infinite > 0) return InfiniteFeature(schema.fields[at].name, infinite, rows);
  }
  return {};
}

// The features of a batch, and its label.
Batch WithLabel(const Batch& features, const Batch& rows, size_t label, const SchemaPtr& schema) {
  Batch out{schema, features.rows, features.columns};
  out.columns.push_back(rows.columns[label]);
  return out;
}

ScriptRows RowsFor(const TrainingTable& table, const ModelCard& card) {
  ScriptRows rows{card.objective, card.label, {}, {}};
  auto schema = std::make_shared<RowSchema>(*table.features.front().schema);
  schema->fields.push_back(table.rows.front().schema->fields[table.label]);
  size_t number = 0;
  for (size_t at = 0; at < table.features.size(); ++at) {
    std::vector<uint32_t> train, test;
    for (uint32_t row = 0; row < table.features[at].rows; ++row, ++number) {
      if (table.test[number]) test.push_back(row);
      if (table.train[number]) train.push_back(row);
    }
    const Batch whole = WithLabel(table.features[at], table.rows[at], table.label, schema);
    if (!train.empty()) rows.train.push_back(Take(whole, train));
    if (!test.empty()) rows.test.push_back(Take(table.features[at], test));
  }
  return rows;
}

Status CheckScores(const ScriptAnswer& answer, const ModelCard& card, const std::string& script) {
  if (answer.scores.size() != card.test_rows) {
    return Fail(ErrorKind::kInput, fmt::format("{} gives {} predictions for {} rows", script,
                                               answer.scores.size(), card.test_rows));
  }
  const auto bad = std::ranges::find_if(answer.scores, [&](double score) {
    return !std::isfinite(score) ||
           (card.objective == Objective::kBinary && (score < 0 || score > 1));
  });
  if (bad == answer.scores.end()) return {};
  return Fail(ErrorKind::kInput,
              fmt::format("{} predicts {} for row {}", script, *bad, bad - answer.scores.begin()),
              card.objective == Objective::kBinary
                  ? "the label is a bool: a prediction is the probability of true, from 0 to 1"
                  : "a prediction is a finite number");
}

}  // namespace

Result<TrainedModel> TrainByScript(const std::vector<Batch>& all_rows, const TrainSpec& spec,
                                   const ScriptTrainer& script) {
  TrainedModel model;
  OPS_ASSIGN(const TrainingTable table, MakeTrainingTable(all_rows, spec, model.card));
  OPS_TRY(CheckFinite(table.features));
  model.card.encoding.features = table.features.front().schema;
  model.test.truth = Chosen<double>(table.labels, table.test);
  model.test.features.rows = model.card.test_rows = model.test.truth.size();
  if (model.card.objective == Objective::kBinary) {
    model.card.positives = static_cast<uint64_t>(std::ranges::count(model.test.truth, 1.0));
  }
  OPS_ASSIGN(ScriptAnswer answer, script(RowsFor(table, model.card)));
  OPS_TRY(CheckScores(answer, model.card, answer.record.spec.script));
  model.card.trainer = std::move(answer.trainer);
  model.card.script = std::move(answer.record);
  model.test.score = std::move(answer.scores);
  OPS_TRY(Measure(table.rows, table.test, spec, model));
  return model;
}

}  // namespace opsc
