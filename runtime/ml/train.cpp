#include "runtime/ml/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "runtime/ml/slices.h"

namespace opsc {
namespace {

bool HasRole(const RowField& field) {
  return field.roles != FieldRoles{};
}

// Which batches of features stand for which rows.
struct Table {
  std::vector<Batch> features;
  std::vector<double> labels;
  std::vector<bool> test;
  std::vector<bool> train;
};

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

Result<Table> MakeTable(const std::vector<Batch>& batches, const TrainSpec& spec, size_t label) {
  Table table;
  OPS_ASSIGN(table.test, TestRows(batches, spec.split));
  const auto schema = std::make_shared<const RowSchema>(FeaturesOf(*batches.front().schema));
  for (const Batch& batch : batches) {
    table.features.push_back(OnlyFeatures(batch, schema));
    for (size_t row = 0; row < batch.rows; ++row) {
      table.labels.push_back(LabelAt(batch.columns[label], row));
    }
  }
  table.train = table.test;
  table.train.flip();
  return table;
}

// The rows of a matrix that are chosen.
Matrix Chosen(const Matrix& matrix, const std::vector<bool>& chosen) {
  Matrix out{0, matrix.columns, {}};
  for (size_t row = 0; row < matrix.rows; ++row) {
    if (!chosen[row]) continue;
    const auto values = matrix.row(row);
    out.values.insert(out.values.end(), values.begin(), values.end());
    ++out.rows;
  }
  return out;
}

template <typename T>
std::vector<T> Chosen(const std::vector<double>& values, const std::vector<bool>& chosen) {
  std::vector<T> out;
  for (size_t row = 0; row < values.size(); ++row) {
    if (chosen[row]) out.push_back(static_cast<T>(values[row]));
  }
  return out;
}

Matrix EncodeAll(const Encoding& encoding, const std::vector<Batch>& batches) {
  Matrix matrix;
  for (const Batch& batch : batches) Encode(encoding, batch, matrix);
  return matrix;
}

// Trees compare, but they cannot be fitted to infinities.
Status CheckFinite(const Encoding& encoding, const Matrix& matrix) {
  std::vector<uint64_t> infinite(matrix.columns);
  for (size_t at = 0; at < matrix.values.size(); ++at) {
    if (std::isinf(matrix.values[at])) ++infinite[at % matrix.columns];
  }
  const auto worst = std::ranges::max_element(infinite);
  if (worst == infinite.end() || *worst == 0) return {};
  const auto column = static_cast<size_t>(worst - infinite.begin());
  return Fail(
      ErrorKind::kInput,
      fmt::format("the feature `{}` is infinite in {} of {} rows", encoding.NameOf(column), *worst,
                  matrix.rows),
      "a division by zero or the logarithm of zero makes it so: `clamp(…)` it, or give null "
      "there");
}

std::vector<double> Importance(const TreeEnsemble& trees) {
  std::vector<double> shares = trees.gains;
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (sum > 0) std::ranges::for_each(shares, [&](double& share) { share /= sum; });
  return shares;
}

Status Learn(const Table& table, const Matrix& all,
             const std::function<void(const TrainingRound&)>& on_round, std::stop_token stop,
             TrainedModel& model) {
  const Matrix train = Chosen(all, table.train);
  const auto labels = Chosen<float>(table.labels, table.train);
  const auto record = [&](const TrainingRound& round) {
    model.card.losses.push_back(round.loss);
    if (on_round) on_round(round);
  };
  model.card.train_rows = train.rows;
  OPS_ASSIGN(model.trees, TrainXgboost({model.card.objective, &train, labels, model.card.params,
                                        record, std::move(stop)}));
  OPS_ASSIGN(const std::string version, XgboostVersion());
  model.card.trainer = "xgboost " + version;
  return {};
}

Status Test(const Table& table, const Matrix& all, TrainedModel& model) {
  OPS_ASSIGN(const TreeEnsemble trees, ParseXgboost(model.trees));
  model.card.importance = Importance(trees);
  model.test.features = Chosen(all, table.test);
  model.test.truth = Chosen<double>(table.labels, table.test);
  model.card.test_rows = model.test.truth.size();
  for (size_t row = 0; row < model.test.truth.size(); ++row) {
    model.test.score.push_back(Predict(trees, model.test.features.row(row)));
    if (model.test.truth[row] == 1) ++model.card.positives;
  }
  if (model.card.objective == Objective::kRegression) model.card.positives = 0;
  return {};
}

}  // namespace

RowSchema FeaturesOf(const RowSchema& table) {
  RowSchema features{table.name, {}};
  std::ranges::copy_if(table.fields, std::back_inserter(features.fields),
                       [](const RowField& field) { return !HasRole(field); });
  return features;
}

Result<TrainedModel> Train(const std::vector<Batch>& all_rows, const TrainSpec& spec,
                           const std::function<void(const TrainingRound&)>& on_round,
                           std::stop_token stop) {
  if (all_rows.empty()) return Fail(ErrorKind::kInput, "there are no rows to train on");
  const RowSchema& schema = *all_rows.front().schema;
  const auto label = schema.Label();
  if (!label) return Fail(ErrorKind::kInput, fmt::format("{} has no @label", schema.name));
  TrainedModel model;
  OPS_ASSIGN(model.card.objective, ObjectiveOf(schema.fields[*label]));
  const std::vector<Batch> table_rows = Labelled(all_rows, *label);
  if (table_rows.empty()) {
    return Fail(ErrorKind::kInput,
                fmt::format("no row has a label `{}`", schema.fields[*label].name));
  }
  OPS_ASSIGN(const Table table, MakeTable(table_rows, spec, *label));
  model.card.name = spec.name;
  model.card.label = schema.fields[*label].name;
  model.card.params = spec.params;
  model.card.split = spec.split;
  model.card.kernel = spec.kernel;
  model.card.unlabelled_rows = RowsOf(all_rows) - RowsOf(table_rows);
  OPS_ASSIGN(model.card.encoding,
             FitEncoding(table.features.front().schema, table.features, table.train));
  const Matrix all = EncodeAll(model.card.encoding, table.features);
  OPS_TRY(CheckFinite(model.card.encoding, all));
  OPS_TRY(Learn(table, all, on_round, std::move(stop), model));
  OPS_TRY(Test(table, all, model));
  OPS_TRY(Measure(table_rows, table.test, spec, model));
  return model;
}

}  // namespace opsc
