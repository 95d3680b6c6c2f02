// Training with XGBoost, whose library is loaded when a model is trained.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ml/matrix.h"
#include "runtime/ml/metrics.h"

namespace opsc {

// XGBoost's parameters (xgboost/doc/parameter.rst), under the names of `xgboost(…)` in `.ops`.
struct XgboostParams {
  int64_t rounds = 100;
  int64_t depth = 6;           // max_depth
  double learning_rate = 0.3;  // eta
  double min_child_weight = 1;
  double subsample = 1;        // share of the rows a round
  double columns = 1;          // colsample_bytree
  double l2 = 1;               // lambda
  double l1 = 0;               // alpha
  double min_gain = 0;         // gamma
  double positive_weight = 1;  // scale_pos_weight; binary only
  int64_t seed = 0;
  // The sums of a histogram depend on how it is divided: the same data, seed and threads give the
  // same model, byte for byte.
  int64_t threads = 1;
};

// One round of training: the loss (log loss, or root mean squared error) on the training rows.
struct TrainingRound {
  int64_t round = 0;
  double loss = 0;
};

struct TrainRequest {
  Objective objective = Objective::kBinary;
  const Matrix* features = nullptr;
  std::span<const float> labels;
  XgboostParams params;
  std::function<void(const TrainingRound&)> on_round;
  std::stop_token stop;
};
// The trained model as XGBoost's JSON. kEnvironment where the library is not there, kInput where
// the data or the parameters are none to train with, kCancelled when stopped.
Result<std::string> TrainXgboost(const TrainRequest& request);
// "1.7.4": part of what decides a model.
Result<std::string> XgboostVersion();
// XGBoost's own predictions, to hold ours against.
Result<std::vector<float>> PredictByXgboost(const std::string& model, const Matrix& features);

}  // namespace opsc
