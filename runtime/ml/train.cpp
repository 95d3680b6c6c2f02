#include "runtime/ml/train.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/ml/slices.h"
#include "runtime/ml/training_table.h"

namespace opsc {
namespace {

// The rows of a matrix that are chosen.
Matrix ChosenRows(const Matrix& matrix, const std::vector<bool>& chosen) {
  Matrix out{0, matrix.columns, {}};
  for (size_t row = 0; row < matrix.rows; ++row) {
    if (!chosen[row]) continue;
    const auto values = matrix.row(row);
    out.values.insert(out.values.end(), values.begin(), values.end());
    ++out.rows;
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
  return InfiniteFeature(encoding.NameOf(column), *worst, matrix.rows);
}

std::vector<double> Importance(const TreeEnsemble& trees) {
  std::vector<double> shares = trees.gains;
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (sum > 0) std::ranges::for_each(shares, [&](double& share) { share /= sum; });
  return shares;
}

Status Learn(const TrainingTable& table, const Matrix& all,
             const std::function<void(const TrainingRound&)>& on_round, std::stop_token stop,
             TrainedModel& model) {
  const Matrix train = ChosenRows(all, table.train);
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

Status Test(const TrainingTable& table, const Matrix& all, TrainedModel& model) {
  OPS_ASSIGN(const TreeEnsemble trees, ParseXgboost(model.trees));
  model.card.importance = Importance(trees);
  model.test.features = ChosenRows(all, table.test);
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

Result<TrainedModel> Train(const std::vector<Batch>& all_rows, const TrainSpec& spec,
                           const std::function<void(const TrainingRound&)>& on_round,
                           std::stop_token stop) {
  TrainedModel model;
  OPS_ASSIGN(const TrainingTable table, MakeTrainingTable(all_rows, spec, model.card));
  model.card.params = spec.params;
  OPS_ASSIGN(model.card.encoding,
             FitEncoding(table.features.front().schema, table.features, table.train));
  const Matrix all = EncodeAll(model.card.encoding, table.features);
  OPS_TRY(CheckFinite(model.card.encoding, all));
  OPS_TRY(Learn(table, all, on_round, std::move(stop), model));
  OPS_TRY(Test(table, all, model));
  OPS_TRY(Measure(table.rows, table.test, spec, model));
  return model;
}

}  // namespace opsc
