#include "runtime/ml/training_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/ml/newest_rows.h"

namespace opsc {
namespace {

bool HasRole(const RowField& field) {
  return field.roles != FieldRoles{};
}

Result<Objective> ObjectiveOf(const RowField& label) {
  if (label.type == ColumnType::kBool) return Objective::kBinary;
  if (IsFloat(label.type) || label.type == ColumnType::kInt) return Objective::kRegression;
  return Fail(ErrorKind::kInput,
              fmt::format("the label `{}` is a {}", label.name, ColumnTypeName(label.type)),
              "a label is a bool (a binary model) or a number (a regression)");
}

double LabelAt(const Column& column, size_t row) {
  if (column.IsNull(row)) return NAN;
  if (column.type == ColumnType::kBool) return column.bools()[row];
  if (column.type == ColumnType::kInt) return static_cast<double>(column.ints()[row]);
  return column.floats()[row];
}

// The rows with a label, which alone are divided: others are mostly the youngest ones.
std::vector<Batch> Labelled(const std::vector<Batch>& batches, size_t label) {
  std::vector<Batch> out;
  for (const Batch& batch : batches) {
    std::vector<uint32_t> kept;
    for (uint32_t row = 0; row < batch.rows; ++row) {
      if (!std::isnan(LabelAt(batch.columns[label], row))) kept.push_back(row);
    }
    if (kept.size() == batch.rows) {
      out.push_back(batch);
    } else if (!kept.empty()) {
      out.push_back(Take(batch, kept));
    }
  }
  return out;
}

uint64_t RowsOf(const std::vector<Batch>& batches) {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  return rows;
}

// The columns of a batch that are features.
Batch OnlyFeatures(const Batch& batch, const SchemaPtr& schema) {
  Batch out{schema, batch.rows, {}};
  for (size_t at = 0; at < batch.columns.size(); ++at) {
    if (!HasRole(batch.schema->fields[at])) out.columns.push_back(batch.columns[at]);
  }
  return out;
}

// When the last training row happened, and the first test row.
void NoteTimes(const TrainingTable& table, ModelCard& card) {
  const auto time = table.rows.front().schema->EventTime();
  if (!time) return;
  size_t at = 0;
  for (const Batch& batch : table.rows) {
    const Column& times = batch.columns[*time];
    for (size_t row = 0; row < batch.rows; ++row, ++at) {
      if (times.IsNull(row)) continue;
      const int64_t t = times.ints()[row];
      if (table.train[at]) card.learnt_until = std::max(card.learnt_until.value_or(t), t);
      if (table.test[at]) card.tested_since = std::min(card.tested_since.value_or(t), t);
    }
  }
}

Status Divide(const TrainSpec& spec, TrainingTable& table) {
  OPS_ASSIGN(table.test, TestRows(table.rows, spec.split));
  const auto schema = std::make_shared<const RowSchema>(FeaturesOf(*table.rows.front().schema));
  for (const Batch& batch : table.rows) {
    table.features.push_back(OnlyFeatures(batch, schema));
    for (size_t row = 0; row < batch.rows; ++row) {
      table.labels.push_back(LabelAt(batch.columns[table.label], row));
    }
  }
  OPS_ASSIGN(table.train, TrainRows(table.rows, spec.split, table.test));
  return {};
}

}  // namespace

RowSchema FeaturesOf(const RowSchema& table) {
  RowSchema features{table.name, {}};
  std::ranges::copy_if(table.fields, std::back_inserter(features.fields),
                       [](const RowField& field) { return !HasRole(field); });
  return features;
}

Result<TrainingTable> MakeTrainingTable(const std::vector<Batch>& all, const TrainSpec& spec,
                                        ModelCard& card) {
  if (all.empty()) return Fail(ErrorKind::kInput, "there are no rows to train on");
  const RowSchema& schema = *all.front().schema;
  const auto label = schema.Label();
  if (!label) return Fail(ErrorKind::kInput, fmt::format("{} has no @label", schema.name));
  TrainingTable table;
  table.label = *label;
  OPS_ASSIGN(card.objective, ObjectiveOf(schema.fields[*label]));
  const std::vector<Batch> newest = NewestRows(all);
  table.rows = Labelled(newest, *label);
  if (table.rows.empty()) {
    return Fail(ErrorKind::kInput,
                fmt::format("no row has a label `{}`", schema.fields[*label].name));
  }
  OPS_TRY(Divide(spec, table));
  card.name = spec.name;
  card.label = schema.fields[*label].name;
  card.split = spec.split;
  card.kernel = spec.kernel;
  card.superseded_rows = RowsOf(all) - RowsOf(newest);
  card.unlabelled_rows = RowsOf(newest) - RowsOf(table.rows);
  card.train_rows = static_cast<uint64_t>(std::ranges::count(table.train, true));
  card.test_rows = static_cast<uint64_t>(std::ranges::count(table.test, true));
  card.late_rows = RowsOf(table.rows) - card.train_rows - card.test_rows;
  NoteTimes(table, card);
  return table;
}

std::unexpected<Error> InfiniteFeature(const std::string& feature, uint64_t infinite,
                                       uint64_t rows) {
  return Fail(
      ErrorKind::kInput,
      fmt::format("the feature `{}` is infinite in {} of {} rows", feature, infinite, rows),
      "a division by zero or the logarithm of zero makes it so: `clamp(…)` it, or give null there");
}

}  // namespace opsc
