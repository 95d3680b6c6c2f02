#include "runtime/ml/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Calls `step(true_count, false_count, score)` for each distinct score, from the highest on.
template <typename Step>
void ByFallingScore(const Scored& s, RowCounts counts, Step step) {
  size_t at = 0;
  while (at < s.order.size()) {
    const double score = s.score[s.order[at]];
    uint64_t hits = 0, misses = 0;
    for (; at < s.order.size() && s.score[s.order[at]] == score; ++at) {
      const uint32_t row = s.order[at];
      (s.truth[row] != 0 ? hits : misses) += counts[row];
    }
    if (hits + misses > 0) step(static_cast<double>(hits), static_cast<double>(misses), score);
  }
}

struct Classes {
  double positives = 0;
  double negatives = 0;
};
Classes CountClasses(const Scored& s, RowCounts counts) {
  Classes classes;
  for (size_t row = 0; row < s.truth.size(); ++row) {
    (s.truth[row] != 0 ? classes.positives : classes.negatives) += counts[row];
  }
  return classes;
}

double Auc(const Scored& s, RowCounts counts) {
  const Classes all = CountClasses(s, counts);
  if (all.positives == 0 || all.negatives == 0) return kUndefined;
  double above = 0, area = 0;  // positives so far; pairs in the right order, ties half
  ByFallingScore(s, counts, [&](double hits, double misses, double) {
    area += misses * (above + hits / 2);
    above += hits;
  });
  return area / (all.positives * all.negatives);
}

double AveragePrecision(const Scored& s, RowCounts counts) {
  const Classes all = CountClasses(s, counts);
  if (all.positives == 0) return kUndefined;
  double taken = 0, right = 0, sum = 0;
  ByFallingScore(s, counts, [&](double hits, double misses, double) {
    taken += hits + misses;
    right += hits;
    sum += hits * (right / taken);
  });
  return sum / all.positives;
}

// The mean of `term(truth, score)` over the rows.
template <typename Term>
double Mean(const Scored& s, RowCounts counts, Term term) {
  double sum = 0;
  uint64_t rows = 0;
  for (size_t row = 0; row < s.truth.size(); ++row) {
    if (counts[row] == 0) continue;
    sum += counts[row] * term(s.truth[row], s.score[row]);
    rows += counts[row];
  }
  return rows == 0 ? kUndefined : sum / static_cast<double>(rows);
}

double LogLoss(const Scored& s, RowCounts counts) {
  return Mean(s, counts, [](double truth, double score) {
    constexpr double kEps = std::numeric_limits<double>::epsilon();
    const double p = std::clamp(score, kEps, 1 - kEps);
    return -std::log(truth != 0 ? p : 1 - p);
  });
}

double SquaredError(const Scored& s, RowCounts counts) {
  return Mean(s, counts,
              [](double truth, double score) { return (score - truth) * (score - truth); });
}

// What a threshold of 0.5 makes of the rows.
struct Confusion {
  double true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;
};
Confusion Confuse(const Scored& s, RowCounts counts) {
  Confusion c;
  for (size_t row = 0; row < s.truth.size(); ++row) {
    const bool said = s.score[row] >= 0.5;
    double& cell = s.truth[row] != 0 ? (said ? c.true_positives : c.false_negatives)
                                     : (said ? c.false_positives : c.true_negatives);
    cell += counts[row];
  }
  return c;
}
double Ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

double Accuracy(const Scored& s, RowCounts counts) {
  return Mean(s, counts, [](double truth, double score) {
    return (truth != 0) == (score >= 0.5) ? 1.0 : 0.0;
  });
}
double Precision(const Scored& s, RowCounts counts) {
  const Confusion c = Confuse(s, counts);
  return Ratio(c.true_positives, c.true_positives + c.false_positives);
}
double Recall(const Scored& s, RowCounts counts) {
  const Confusion c = Confuse(s, counts);
  const double positives = c.true_positives + c.false_negatives;
  return positives == 0 ? kUndefined : c.true_positives / positives;
}
double F1(const Scored& s, RowCounts counts) {
  const Confusion c = Confuse(s, counts);
  return Ratio(2 * c.true_positives, 2 * c.true_positives + c.false_positives + c.false_negatives);
}

double MeanAbsoluteError(const Scored& s, RowCounts counts) {
  return Mean(s, counts, [](double truth, double score) { return std::abs(score - truth); });
}
double RootMeanSquaredError(const Scored& s, RowCounts counts) {
  return std::sqrt(SquaredError(s, counts));
}
double Bias(const Scored& s, RowCounts counts) {
  return Mean(s, counts, [](double truth, double score) { return score - truth; });
}
double RSquared(const Scored& s, RowCounts counts) {
  const double mean = Mean(s, counts, [](double truth, double) { return truth; });
  const double total =
      Mean(s, counts, [&](double truth, double) { return (truth - mean) * (truth - mean); });
  return total == 0 ? kUndefined : 1 - SquaredError(s, counts) / total;
}

constexpr std::array<Metric, 8> kBinary = {{
    {"auc", true, Auc},
    {"average_precision", true, AveragePrecision},
    {"log_loss", false, LogLoss},
    {"brier", false, SquaredError},
    {"accuracy", true, Accuracy},
    {"precision", true, Precision},
    {"recall", true, Recall},
    {"f1", true, F1},
}};
constexpr std::array<Metric, 4> kRegression = {{
    {"mae", false, MeanAbsoluteError},
    {"rmse", false, RootMeanSquaredError},
    {"r2", true, RSquared},
    {"bias", false, Bias},
}};

std::vector<uint32_t> Ones(const Scored& scored) {
  return std::vector<uint32_t>(scored.truth.size(), 1);
}

}  // namespace

Scored MakeScored(std::vector<double> truth, std::vector<double> score) {
  OPS_CHECK(truth.size() == score.size(), "as many predictions as truths");
  Scored scored{std::move(truth), std::move(score), {}};
  scored.order.resize(scored.score.size());
  std::iota(scored.order.begin(), scored.order.end(), 0);
  std::ranges::stable_sort(
      scored.order, [&](uint32_t a, uint32_t b) { return scored.score[a] > scored.score[b]; });
  return scored;
}

std::span<const Metric> MetricsOf(Objective objective) {
  if (objective == Objective::kBinary) return kBinary;
  return kRegression;
}

const Metric* FindMetric(Objective objective, std::string_view name) {
  for (const Metric& metric : MetricsOf(objective)) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

std::vector<CurvePoint> RocCurve(const Scored& scored) {
  const auto counts = Ones(scored);
  const Classes all = CountClasses(scored, counts);
  std::vector<CurvePoint> points{{0, 0}};
  double hits = 0, misses = 0;
  ByFallingScore(scored, counts, [&](double more_hits, double more_misses, double) {
    hits += more_hits;
    misses += more_misses;
    points.push_back({Ratio(misses, all.negatives), Ratio(hits, all.positives)});
  });
  return points;
}

std::vector<CurvePoint> PrecisionRecallCurve(const Scored& scored) {
  const auto counts = Ones(scored);
  const Classes all = CountClasses(scored, counts);
  std::vector<CurvePoint> points;
  double hits = 0, taken = 0;
  ByFallingScore(scored, counts, [&](double more_hits, double misses, double) {
    hits += more_hits;
    taken += more_hits + misses;
    points.push_back({Ratio(hits, all.positives), hits / taken});
  });
  return points;
}

std::vector<CurvePoint> CalibrationCurve(const Scored& scored, uint32_t bins) {
  std::vector<CurvePoint> sums(bins);
  std::vector<double> rows(bins);
  for (size_t row = 0; row < scored.score.size(); ++row) {
    const auto bin = static_cast<size_t>(std::clamp(scored.score[row], 0.0, 1.0) * bins);
    const size_t at = std::min<size_t>(bin, bins - 1);
    sums[at].x += scored.score[row];
    sums[at].y += scored.truth[row];
    rows[at] += 1;
  }
  std::vector<CurvePoint> points;
  for (uint32_t bin = 0; bin < bins; ++bin) {
    if (rows[bin] > 0) points.push_back({sums[bin].x / rows[bin], sums[bin].y / rows[bin]});
  }
  return points;
}

}  // namespace opsc
