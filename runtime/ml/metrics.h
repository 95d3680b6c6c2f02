// How well predictions fit what happened.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace opsc {

// What a model predicts: the probability of true, or a number.
enum class Objective { kBinary, kRegression };

// Predictions beside the truth, with the order of the scores worked out once.
struct Scored {
  std::vector<double> truth;    // kBinary: 0 or 1
  std::vector<double> score;    // kBinary: the probability of 1
  std::vector<uint32_t> order;  // rows by falling score, ties by row
};
// REQUIRES: as many of both; no NaN.
Scored MakeScored(std::vector<double> truth, std::vector<double> score);

// How often each row counts: in a resample 0, 1, 2…
using RowCounts = std::span<const uint32_t>;

// One measure. `of` gives NaN where it is not defined (one class only, no rows).
//
// Binary: `auc` (area under the ROC curve by the trapezoid rule, ties count half),
// `average_precision` (sum of precision times the step of recall), `log_loss` (natural logarithm,
// probabilities clipped to [eps, 1 - eps] with binary64's eps as scikit-learn does), `brier`, and
// at threshold 0.5 `accuracy`, `precision`, `recall`, `f1` (0 where nothing was predicted true).
// Regression: `mae`, `rmse`, `r2`, `bias` (mean of prediction minus truth).
struct Metric {
  std::string_view name;
  bool higher_is_better;
  double (*of)(const Scored& scored, RowCounts counts);
};
std::span<const Metric> MetricsOf(Objective objective);
const Metric* FindMetric(Objective objective, std::string_view name);

// A measure with the interval in which it would lie for other samples of the same kind.
struct Measured {
  std::string name;
  double value = 0;
  double low = 0;
  double high = 0;
  bool operator==(const Measured&) const = default;
};

// Percentile bootstrap (Efron 1979): `rounds` resamples of the rows, or of whole groups of rows
// where they are not independent. 0 rounds: the interval is the value.
struct BootstrapOptions {
  uint32_t rounds = 200;
  uint64_t seed = 0;
  double level = 0.95;
  std::span<const uint32_t> groups =
      {};  // the group of each row, from 0 without gaps; empty: each its own
};
// All measures of the objective, in the order of MetricsOf.
std::vector<Measured> Evaluate(Objective objective, const Scored& scored,
                               const BootstrapOptions& options);

// A point of a curve for pictures.
struct CurvePoint {
  double x = 0;
  double y = 0;
};
// False positive rate × true positive rate, one point a distinct score, from (0,0) to (1,1).
std::vector<CurvePoint> RocCurve(const Scored& scored);
// Recall × precision, from the highest score on.
std::vector<CurvePoint> PrecisionRecallCurve(const Scored& scored);
// Mean score × share of true, in `bins` bins of equal width that are not empty.
std::vector<CurvePoint> CalibrationCurve(const Scored& scored, uint32_t bins = 10);

}  // namespace opsc
