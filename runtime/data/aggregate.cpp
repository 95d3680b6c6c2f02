#include "runtime/data/aggregate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "runtime/data/key_set.h"

namespace opsc {
namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "rows", "count",    "null_rate",  "sum",      "mean",  "std",  "min",
    "max",  "distinct", "duplicates", "quantile", "share", "every"};

bool IsNumber(ColumnType type) {
  return type != ColumnType::kBool && type != ColumnType::kString;
}

double NumberAt(const Column& column, size_t row) {
  return IsFloat(column.type) ? column.floats()[row] : static_cast<double>(column.ints()[row]);
}

// Smaller by the order of the type; strings by their bytes.
bool Less(const Value& a, const Value& b) {
  switch (a.kind()) {
    case ValueKind::kString:
      return a.AsString() < b.AsString();
    case ValueKind::kFloat:
    case ValueKind::kRatio:
      return a.AsFloat() < b.AsFloat();
    default:
      return a.AsInt() < b.AsInt();
  }
}

}  // namespace

std::string_view AggregateName(AggregateFunction function) {
  return kNames[static_cast<size_t>(function)];
}

std::optional<AggregateFunction> AggregateFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<AggregateFunction>(i);
  }
  return std::nullopt;
}

std::string_view WhyNot(AggregateFunction function, ColumnType type) {
  using enum AggregateFunction;
  bool needs_number =
      function == kSum || function == kMean || function == kStd || function == kQuantile;
  bool needs_bool = function == kShare || function == kEvery;
  if (needs_number && (!IsNumber(type) || (type == ColumnType::kTime && function != kQuantile))) {
    return "it wants numbers";
  }
  if (needs_bool && type != ColumnType::kBool) return "it wants conditions";
  return "";
}

RowField ResultOf(AggregateFunction function, ColumnType type) {
  using enum AggregateFunction;
  RowField field;
  field.name = AggregateName(function);
  switch (function) {
    case kRows:
    case kCount:
    case kDistinct:
    case kDuplicates:
      field.type = ColumnType::kInt;
      return field;
    case kNullRate:
      field.type = ColumnType::kRatio;
      return field;
    case kEvery:
      field.type = ColumnType::kBool;
      return field;
    case kSum:
      field.type = IsInteger(type) ? type : ColumnType::kFloat;
      return field;
    case kShare:
      field.type = ColumnType::kRatio;
      break;
    case kMin:
    case kMax:
      field.type = type;
      break;
    case kMean:
      field.type = type == ColumnType::kDuration ? type : ColumnType::kFloat;
      break;
    case kStd:
    case kQuantile:
      field.type = ColumnType::kFloat;
      break;
  }
  field.nullable = true;
  return field;
}

Aggregate::Aggregate(AggregateFunction function, ColumnType type, double quantile)
    : function_(function), type_(type), quantile_(quantile) {
  if (function == AggregateFunction::kDistinct || function == AggregateFunction::kDuplicates) {
    distinct_ = std::make_unique<KeySet>();
  }
}

Aggregate::~Aggregate() = default;
Aggregate::Aggregate(Aggregate&&) noexcept = default;

void Aggregate::AddNumbers(const Column& column) {
  bool is_int = IsInteger(column.type);
  for (size_t row = 0; row < column.rows; ++row) {
    if (column.IsNull(row)) continue;
    double number = NumberAt(column, row);
    if (is_int) overflow_ |= __builtin_add_overflow(int_sum_, column.ints()[row], &int_sum_);
    sums_[static_cast<size_t>(values_) % kLanes] += number;
    ++values_;
    // Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
    double distance = number - mean_;
    mean_ += distance / static_cast<double>(values_);
    squares_ += distance * (number - mean_);
    if (function_ == AggregateFunction::kQuantile) kept_.push_back(number);
  }
}

void Aggregate::AddExtremes(const Column& column) {
  std::optional<size_t> low;
  std::optional<size_t> high;
  auto less = [&](size_t a, size_t b) {
    if (column.type == ColumnType::kString) return column.text(a) < column.text(b);
    if (column.type == ColumnType::kBool) return column.bools()[a] < column.bools()[b];
    if (IsFloat(column.type)) return column.floats()[a] < column.floats()[b];
    return column.ints()[a] < column.ints()[b];
  };
  for (size_t row = 0; row < column.rows; ++row) {
    bool skip = column.IsNull(row) || (IsFloat(column.type) && std::isnan(column.floats()[row]));
    if (skip) continue;
    ++values_;
    if (!low || less(row, *low)) low = row;
    if (!high || less(*high, row)) high = row;
  }
  if (!low) return;
  Value smallest = ValueAt(column, *low);
  Value largest = ValueAt(column, *high);
  if (low_.is_null() || Less(smallest, low_)) low_ = std::move(smallest);
  if (high_.is_null() || Less(high_, largest)) high_ = std::move(largest);
}

void Aggregate::AddDistinct(const Column& column) {
  std::vector<bool> seen(column.type == ColumnType::kString ? column.dictionary->size() : 0);
  const size_t field = 0;
  for (size_t row = 0; row < column.rows; ++row) {
    if (column.IsNull(row)) continue;
    ++values_;
    if (!seen.empty()) {
      auto code = static_cast<size_t>(column.codes()[row]);
      if (seen[code]) continue;
      seen[code] = true;
    }
    distinct_->Insert(KeyOf({&column, 1}, {&field, 1}, row));
  }
}

void Aggregate::Add(const Column& column) {
  using enum AggregateFunction;
  rows_ += static_cast<int64_t>(column.rows);
  switch (function_) {
    case kRows:
      return;
    case kCount:
    case kNullRate:
      values_ += static_cast<int64_t>(column.rows - column.NullCount());
      return;
    case kMin:
    case kMax:
      return AddExtremes(column);
    case kDistinct:
    case kDuplicates:
      return AddDistinct(column);
    case kShare:
    case kEvery:
      for (size_t row = 0; row < column.rows; ++row) {
        if (column.IsNull(row)) continue;
        ++values_;
        trues_ += column.bools()[row];
      }
      return;
    case kSum:
    case kMean:
    case kStd:
    case kQuantile:
      return AddNumbers(column);
  }
}

Result<Value> Aggregate::Sum() const {
  double sum = ((sums_[0] + sums_[1]) + (sums_[2] + sums_[3])) +
               ((sums_[4] + sums_[5]) + (sums_[6] + sums_[7]));
  if (!IsInteger(type_)) return Value::Float(sum);
  if (overflow_) return Fail(ErrorKind::kInput, "the sum does not fit 64 bits");
  if (type_ == ColumnType::kDuration) return Value::Duration(int_sum_);
  if (type_ == ColumnType::kSize) return Value::Size(int_sum_);
  return Value::Int(int_sum_);
}

Value Aggregate::Mean() const {
  if (values_ == 0) return Value::Null();
  double sum = ((sums_[0] + sums_[1]) + (sums_[2] + sums_[3])) +
               ((sums_[4] + sums_[5]) + (sums_[6] + sums_[7]));
  double mean = sum / static_cast<double>(values_);
  if (type_ == ColumnType::kDuration) return Value::Duration(std::llround(mean));
  return Value::Float(mean);
}

Value Aggregate::Std() const {
  if (values_ < 2) return Value::Null();
  return Value::Float(std::sqrt(squares_ / static_cast<double>(values_ - 1)));
}

Value Aggregate::Quantile() {
  if (kept_.empty()) return Value::Null();
  double place = quantile_ * static_cast<double>(kept_.size() - 1);
  auto below = static_cast<size_t>(std::floor(place));
  auto at = kept_.begin() + static_cast<long>(below);
  std::nth_element(kept_.begin(), at, kept_.end());
  double low = *at;
  if (below + 1 == kept_.size()) return Value::Float(low);
  double high = *std::min_element(at + 1, kept_.end());
  return Value::Float(low + (high - low) * (place - static_cast<double>(below)));
}

Result<Value> Aggregate::Finish() {
  using enum AggregateFunction;
  auto rate = [](int64_t part, int64_t whole) {
    return Value::Ratio(whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole));
  };
  switch (function_) {
    case kRows:
      return Value::Int(rows_);
    case kCount:
      return Value::Int(values_);
    case kNullRate:
      return rate(rows_ - values_, rows_);
    case kSum:
      return Sum();
    case kMean:
      return Mean();
    case kStd:
      return Std();
    case kMin:
      return low_;
    case kMax:
      return high_;
    case kDistinct:
      return Value::Int(static_cast<int64_t>(distinct_->size()));
    case kDuplicates:
      return Value::Int(values_ - static_cast<int64_t>(distinct_->size()));
    case kQuantile:
      return Quantile();
    case kShare:
      return values_ == 0 ? Value::Null() : rate(trues_, values_);
    case kEvery:
      return Value::Bool(trues_ == values_);
  }
  return Value::Null();
}

}  // namespace opsc
