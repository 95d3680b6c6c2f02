#include "runtime/ml/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace opsc {
namespace {

// The expected numbers are scikit-learn 1.9.1's (roc_auc_score, average_precision_score, log_loss,
// brier_score_loss, accuracy_score, precision_score, recall_score, f1_score at score >= 0.5;
// mean_absolute_error, root_mean_squared_error, r2_score) on the same rows.
const std::vector<double> kTruth = {1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1,
                                    1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1,
                                    0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
const std::vector<double> kScore = {
    0.54, 0.82, 0.48, 0.38, 0.91, 0.2,  0.53, 0.53, 0.58, 0.76, 0.75, 0.59, 0.49, 0.49, 0.13,
    0.28, 0.49, 0.2,  0.21, 0.88, 0.51, 0.25, 0.7,  0.87, 0.58, 0.45, 0.21, 0.37, 0.8,  0.13,
    0.79, 0.63, 0.39, 0.43, 0.78, 0.36, 0.73, 0.2,  0.35, 0.51, 0.34, 0.37, 0.49, 0.3,  0.11,
    0.36, 0.2,  0.82, 0.29, 0.64, 0.55, 0.65, 0.27, 0.62, 0.34, 0.5,  0.37, 0.91, 0.38, 0.82};
const std::vector<double> kNumbers = {13.52, 13.2, 6.09, 7.06,  7.6,   10.13, 11.92,
                                      16.14, 9.41, 12.3, 10.47, 15.28, 12.23, 14.11,
                                      6.77,  9.42, 7.56, 14.51, 11.97, 9.08};
const std::vector<double> kPredicted = {13.37, 13.98, 5.69,  6.43,  8.38,  12.89, 11.97,
                                        15.88, 8.54,  11.26, 11.29, 16.43, 12.54, 14.74,
                                        7.19,  9.86,  6.33,  14.35, 12.38, 8.6};

double ValueOf(const std::vector<Measured>& metrics, std::string_view name) {
  for (const Measured& m : metrics) {
    if (m.name == name) return m.value;
  }
  ADD_FAILURE() << name << " is not measured";
  return 0;
}

TEST(Metrics, BinaryAsScikitLearn) {
  const auto m = Evaluate(Objective::kBinary, MakeScored(kTruth, kScore), {.rounds = 0});
  EXPECT_DOUBLE_EQ(ValueOf(m, "auc"), 0.9652777777777778);
  EXPECT_NEAR(ValueOf(m, "average_precision"), 0.9511310482324976, 1e-14);
  EXPECT_NEAR(ValueOf(m, "log_loss"), 0.4201223364089753, 1e-14);
  EXPECT_NEAR(ValueOf(m, "brier"), 0.12675499999999998, 1e-15);
  EXPECT_DOUBLE_EQ(ValueOf(m, "accuracy"), 0.9);
  EXPECT_DOUBLE_EQ(ValueOf(m, "precision"), 0.8214285714285714);
  EXPECT_DOUBLE_EQ(ValueOf(m, "recall"), 0.9583333333333334);
  EXPECT_DOUBLE_EQ(ValueOf(m, "f1"), 0.8846153846153846);
}

TEST(Metrics, RegressionAsScikitLearn) {
  const auto m = Evaluate(Objective::kRegression, MakeScored(kNumbers, kPredicted), {.rounds = 0});
  EXPECT_NEAR(ValueOf(m, "mae"), 0.6885000000000001, 1e-14);
  EXPECT_NEAR(ValueOf(m, "rmse"), 0.8976998384760912, 1e-14);
  EXPECT_NEAR(ValueOf(m, "r2"), 0.9071059994073268, 1e-14);
  EXPECT_NEAR(ValueOf(m, "bias"), 0.1665, 1e-14);
}

TEST(Metrics, OneClassHasNoCurve) {
  const auto m = Evaluate(Objective::kBinary, MakeScored({1, 1, 1}, {0.2, 0.6, 0.7}), {});
  EXPECT_TRUE(std::isnan(ValueOf(m, "auc")));
  EXPECT_DOUBLE_EQ(ValueOf(m, "average_precision"), 1);
  EXPECT_TRUE(std::isfinite(ValueOf(m, "log_loss")));
}

TEST(Metrics, CertainAndWrongIsFinite) {
  const auto m = Evaluate(Objective::kBinary, MakeScored({1, 0}, {0, 1}), {.rounds = 0});
  EXPECT_DOUBLE_EQ(ValueOf(m, "auc"), 0);
  EXPECT_NEAR(ValueOf(m, "log_loss"), 36.04365338911715, 1e-12);
}

TEST(Bootstrap, HoldsTheValueAndIsReproducible) {
  const Scored scored = MakeScored(kTruth, kScore);
  const auto a = Evaluate(Objective::kBinary, scored, {.rounds = 500, .seed = 1});
  const auto b = Evaluate(Objective::kBinary, scored, {.rounds = 500, .seed = 1});
  const auto other = Evaluate(Objective::kBinary, scored, {.rounds = 500, .seed = 2});
  EXPECT_EQ(a, b);
  EXPECT_NE(a, other);
  for (const Measured& m : a) {
    EXPECT_LE(m.low, m.value) << m.name;
    EXPECT_GE(m.high, m.value) << m.name;
    EXPECT_LT(m.low, m.high) << m.name;
  }
}

TEST(Bootstrap, IntervalOfAMeanIsThatOfTheNormalDistribution) {
  // `bias` of errors that are ±1 in equal parts: standard error 1/sqrt(n).
  std::vector<double> truth(400, 0.0), score;
  for (int i = 0; i < 400; ++i) score.push_back(i % 2 == 0 ? 1 : -1);
  const auto m = Evaluate(Objective::kRegression, MakeScored(truth, score), {.rounds = 2000});
  const Measured& bias = m[3];
  EXPECT_NEAR(bias.low, -1.96 / 20, 0.012);
  EXPECT_NEAR(bias.high, 1.96 / 20, 0.012);
}

TEST(Bootstrap, RowsOfAGroupStandTogether) {
  // Ten groups of forty equal rows know no more than ten rows.
  std::vector<double> truth(400, 0.0), score;
  std::vector<uint32_t> groups;
  for (uint32_t i = 0; i < 400; ++i) {
    groups.push_back(i / 40);
    score.push_back(i / 40 % 2 == 0 ? 1 : -1);
  }
  const Scored scored = MakeScored(truth, score);
  const auto alone = Evaluate(Objective::kRegression, scored, {.rounds = 1000});
  const auto grouped = Evaluate(Objective::kRegression, scored, {.rounds = 1000, .groups = groups});
  EXPECT_GT(grouped[3].high - grouped[3].low, 4 * (alone[3].high - alone[3].low));
}

TEST(Curves, BeginAndEndWhereTheyMust) {
  const Scored scored = MakeScored(kTruth, kScore);
  const auto roc = RocCurve(scored);
  EXPECT_EQ(roc.front().x, 0);
  EXPECT_EQ(roc.front().y, 0);
  EXPECT_DOUBLE_EQ(roc.back().x, 1);
  EXPECT_DOUBLE_EQ(roc.back().y, 1);
  double area = 0;
  for (size_t i = 1; i < roc.size(); ++i) {
    area += (roc[i].x - roc[i - 1].x) * (roc[i].y + roc[i - 1].y) / 2;
  }
  EXPECT_NEAR(area, 0.9652777777777778, 1e-12);
  EXPECT_DOUBLE_EQ(PrecisionRecallCurve(scored).back().x, 1);
  const auto calibration = CalibrationCurve(MakeScored({0, 1, 1, 1}, {0.05, 0.95, 1, 0.91}), 10);
  ASSERT_EQ(calibration.size(), 2U);
  EXPECT_DOUBLE_EQ(calibration[1].y, 1);
}

}  // namespace
}  // namespace opsc
