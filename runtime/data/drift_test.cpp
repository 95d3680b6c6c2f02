#include "runtime/data/drift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/column/column_builder.h"
#include "runtime/data/aggregate.h"
#include "runtime/data/drift_over_time.h"
#include "runtime/data/testing/breast_cancer.h"

namespace opsc {
namespace {

std::vector<double> Reference() {
  return {std::begin(testing::kMeanRadius), std::begin(testing::kMeanRadius) + 284};
}
std::vector<double> Current() {
  return {std::begin(testing::kMeanRadius) + 284, std::end(testing::kMeanRadius)};
}

// By scipy 1.17 (ks_2samp, wasserstein_distance, jensenshannon), numpy and Evidently 0.7.23.
TEST(Drift, GoldenValues) {
  KsTest ks = KolmogorovSmirnov(Reference(), Current());
  EXPECT_NEAR(ks.statistic, 0.1530763528539659, 1e-15);
  EXPECT_NEAR(ks.p_value, 0.0021114948290376053, 1e-12);
  EXPECT_NEAR(Wasserstein(Reference(), Current()), 0.8632034593526063, 1e-12);
  EXPECT_NEAR(Psi(Bin(Reference(), Current(), Binning::kReferenceDeciles)), 0.16495299341677222,
              1e-12);
  BinnedShares evidently = Bin(Reference(), Current(), Binning::kEvidently);
  EXPECT_EQ(evidently.reference.size(), 11u);
  EXPECT_NEAR(Psi(evidently), 0.155103101774608, 1e-12);
  EXPECT_NEAR(JensenShannon(evidently), 0.13813523772680203, 1e-12);
  EXPECT_NEAR(JensenShannon(evidently) / std::sqrt(std::log(2.0)), 0.16591732947670534, 1e-12);
}

TEST(Drift, NoneBetweenTheSame) {
  EXPECT_EQ(KolmogorovSmirnov(Reference(), Reference()).statistic, 0);
  EXPECT_EQ(KolmogorovSmirnov(Reference(), Reference()).p_value, 1);
  EXPECT_EQ(Wasserstein(Reference(), Reference()), 0);
  EXPECT_EQ(Psi(Bin(Reference(), Reference(), Binning::kReferenceDeciles)), 0);
  EXPECT_EQ(Psi(Bin(Reference(), Reference(), Binning::kEvidently)), 0);
}

TEST(Drift, OneValueOnlyAndOtherEdges) {
  std::vector<double> ones(10, 1.0);
  std::vector<double> twos(5, 2.0);
  EXPECT_EQ(KolmogorovSmirnov(ones, twos).statistic, 1);
  EXPECT_EQ(Wasserstein(ones, twos), 1);
  EXPECT_TRUE(std::isfinite(Psi(Bin(ones, twos, Binning::kReferenceDeciles))));
  EXPECT_TRUE(std::isfinite(Psi(Bin(ones, ones, Binning::kEvidently))));
}

TEST(Drift, AsymptoticMeetsExact) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<double> a, b;
  for (int i = 0; i < 2100; ++i) a.push_back(normal(random));
  for (int i = 0; i < 2000; ++i) b.push_back(normal(random) + 0.05);
  double asymptotic = KolmogorovSmirnov(a, b).p_value;  // 4.2 million pairs
  a.resize(1900);
  EXPECT_NEAR(KolmogorovSmirnov(a, b).p_value, asymptotic, 0.2);
}

TEST(Drift, Categories) {
  std::vector<std::string_view> a = {"x", "x", "y", "y"};
  std::vector<std::string_view> b = {"x", "x", "x", "y"};
  // By hand: (0.75 - 0.5) ln 1.5 + (0.25 - 0.5) ln 0.5.
  EXPECT_NEAR(Psi(ShareOf(a, b)), 0.25 * std::log(1.5) - 0.25 * std::log(0.5), 1e-15);
}

Column FloatsOf(const std::vector<double>& values) {
  Column column = Column::Zeroed(ColumnType::kFloat, values.size());
  for (size_t i = 0; i < values.size(); ++i) column.writable_floats()[i] = values[i];
  return column;
}

Value Of(AggregateFunction function, const std::vector<Column>& columns, double quantile = 0.5) {
  Aggregate aggregate(function, columns[0].type, quantile);
  for (const Column& column : columns) aggregate.Add(column);
  return *aggregate.Finish();
}

// By numpy: mean, std(ddof=1), quantile.
// A row an hour; from the middle on `moved` is another, `steady` never.
class Hours : public BatchSource {
 public:
  explicit Hours(int64_t rows) : rows_(rows) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    if (done_) return std::nullopt;
    done_ = true;
    ColumnBuilder at(ColumnType::kTime), steady(ColumnType::kInt), moved(ColumnType::kFloat);
    for (int64_t row = 0; row < rows_; ++row) {
      at.AppendInt(row * 3'600'000'000'000);
      steady.AppendInt(row * 7 % 10);
      moved.AppendFloat(static_cast<double>(row % 10 + (row > rows_ / 2 ? 100 : 0)));
    }
    Batch batch{schema_, static_cast<size_t>(rows_), {}};
    for (ColumnBuilder* column : {&at, &steady, &moved}) batch.columns.push_back(column->Finish());
    return batch;
  }

 private:
  static SchemaPtr Schema() {
    auto schema = std::make_shared<RowSchema>();
    schema->fields = {FieldOfType("at", ColumnType::kTime), FieldOfType("steady", ColumnType::kInt),
                      FieldOfType("moved", ColumnType::kFloat)};
    schema->fields[0].roles.event_time = true;
    return schema;
  }
  int64_t rows_;
  bool done_ = false;
  SchemaPtr schema_ = Schema();
};

TEST(DriftOverTime, SaysWhichColumnMovesAndWhen) {
  Hours rows(1200);
  const auto drift = MakeDriftOverTime(rows);
  ASSERT_TRUE(drift.has_value() && drift->has_value());
  ASSERT_EQ((*drift)->begins.size(), 12U);
  ASSERT_EQ((*drift)->columns.size(), 2U);  // not the time itself
  for (const auto& psi : (*drift)->columns[0].psi) EXPECT_LT(psi.value(), 0.05);
  EXPECT_LT((*drift)->columns[1].psi[4].value(), 0.05);
  EXPECT_GT((*drift)->columns[1].psi[7].value(), 1);
}

TEST(DriftOverTime, FewRowsSayNothing) {
  Hours rows(50);
  const auto drift = MakeDriftOverTime(rows);
  ASSERT_TRUE(drift.has_value());
  EXPECT_FALSE(drift->has_value());
}

TEST(Aggregate, GoldenValuesWhateverTheBatches) {
  using enum AggregateFunction;
  std::vector<Column> parts = {FloatsOf(Reference()), FloatsOf(Current())};
  EXPECT_NEAR(Of(kMean, parts).AsFloat(), 14.127291739894552, 1e-12);
  EXPECT_NEAR(Of(kStd, parts).AsFloat(), 3.5240488262120775, 1e-12);
  EXPECT_NEAR(Of(kQuantile, parts, 0.9).AsFloat(), 19.530000000000001, 1e-12);
  EXPECT_EQ(Of(kMin, parts), Value::Float(6.981));
  EXPECT_EQ(Of(kMax, parts), Value::Float(28.11));
  EXPECT_EQ(Of(kCount, parts), Value::Int(569));
  EXPECT_EQ(Of(kDistinct, parts), Value::Int(456));
  EXPECT_EQ(Of(kDuplicates, parts), Value::Int(113));
  std::vector<Column> whole = {
      FloatsOf({std::begin(testing::kMeanRadius), std::end(testing::kMeanRadius)})};
  EXPECT_EQ(Of(kSum, whole), Of(kSum, parts)) << "the order of summation is fixed";
}

TEST(Aggregate, NullsAndEmptyColumns) {
  using enum AggregateFunction;
  Column some = FloatsOf({1, 2, 3, 4});
  some.SetNull(3);
  EXPECT_EQ(Of(kNullRate, {some}), Value::Ratio(0.25));
  EXPECT_EQ(Of(kMean, {some}), Value::Float(2));
  EXPECT_EQ(Of(kRows, {some}), Value::Int(4));
  Column none = FloatsOf({});
  EXPECT_TRUE(Of(kMean, {none}).is_null());
  EXPECT_TRUE(Of(kMax, {none}).is_null());
  EXPECT_EQ(Of(kNullRate, {none}), Value::Ratio(0));
  EXPECT_EQ(Of(kSum, {none}), Value::Float(0));
  Column ints = Column::Zeroed(ColumnType::kInt, 2);
  for (int64_t& value : ints.writable_ints()) value = INT64_MAX;
  Aggregate sum(kSum, ColumnType::kInt);
  sum.Add(ints);
  EXPECT_FALSE(sum.Finish().has_value());
  EXPECT_EQ(WhyNot(kMean, ColumnType::kString), "it wants numbers");
  EXPECT_EQ(WhyNot(kShare, ColumnType::kInt), "it wants conditions");
}

}  // namespace
}  // namespace opsc
