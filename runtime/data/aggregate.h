// Columns → one value each: what `expect` rules and gates are made of.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/column/batch.h"

namespace opsc {

// A function from a column to a value. Nulls are left out but for kRows and kNullRate.
enum class AggregateFunction : uint8_t {
  kRows,        // int: of rows, null or not
  kCount,       // int: of values
  kNullRate,    // ratio: of nulls; 0 where there is no row
  kSum,         // int of ints, durations of durations, sizes of sizes; else float
  kMean,        // float (durations: duration); null where there is no value
  kStd,         // float, of the sample (n - 1); null below two values
  kMin,         // of the column's type; null where there is no value
  kMax,         // the same
  kDistinct,    // int: of different values, exact
  kDuplicates,  // int: kCount - kDistinct
  kQuantile,    // float, linear between neighbours (numpy's default); null where there is no value
  kShare,       // ratio of true among bools; null where there is no value
  kEvery,       // bool: no false
};

std::optional<AggregateFunction> AggregateFromName(std::string_view name);  // "null_rate"
std::string_view AggregateName(AggregateFunction function);
// Why the function has no meaning for such a column; empty: it has.
std::string_view WhyNot(AggregateFunction function, ColumnType type);
RowField ResultOf(AggregateFunction function, ColumnType type);

// One function while it takes batches, in order. Sums are made in eight lanes by row number, so
// that the result is the same however fast the machine adds. Int sums that overflow are an error.
class Aggregate {
 public:
  // REQUIRES: WhyNot is empty. `quantile` is between 0 and 1.
  Aggregate(AggregateFunction function, ColumnType type, double quantile = 0.5);
  ~Aggregate();
  Aggregate(Aggregate&&) noexcept;

  void Add(const Column& column);
  // Fails (kInput) where a sum does not fit.
  Result<Value> Finish();

 private:
  static constexpr size_t kLanes = 8;

  void AddNumbers(const Column& column);
  void AddExtremes(const Column& column);
  void AddDistinct(const Column& column);
  Value Mean() const;
  Value Std() const;
  Result<Value> Sum() const;
  Value Quantile();

  AggregateFunction function_;
  ColumnType type_;
  double quantile_;
  int64_t rows_ = 0;
  int64_t values_ = 0;
  int64_t trues_ = 0;
  int64_t int_sum_ = 0;
  bool overflow_ = false;
  std::array<double, kLanes> sums_{};
  double mean_ = 0;  // of the values so far, with the squares of their distances to it
  double squares_ = 0;
  Value low_;
  Value high_;
  std::unique_ptr<class KeySet> distinct_;
  std::vector<double> kept_;
};

}  // namespace opsc
