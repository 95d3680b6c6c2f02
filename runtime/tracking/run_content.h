// What MLflow shows of a run: a model's card as its params, metrics and files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/ml/train.h"
#include "runtime/tracking/mlflow.h"

namespace opsc {

// Parameters of the trainer by their names; `split.…`; rows, label, objective, trainer.
std::vector<std::pair<std::string, std::string>> ParamsOf(const ModelCard& card);

// Measures by their names with `…_low` and `…_high`; `slice/FIELD/VALUE/MEASURE`;
// `importance/COLUMN[/VALUE]`; `training_loss`, a step a round. What is not a number is left out.
std::vector<MlflowMetric> MetricsOf(const ModelCard& card);

// `text` as a part of a metric's name: letters, digits and `_-. :`; what had others gets a mark of
// its own, so that different texts stay different.
std::string MetricNamePart(std::string_view text);

// MLmodel, so that `mlflow.xgboost.load_model` and `mlflow.pyfunc` open the files beside it. The
// signature is that of the encoded columns: what the trees read.
std::string MlmodelText(const ModelCard& card, const std::string& run_id,
                        const std::string& created);

}  // namespace opsc
