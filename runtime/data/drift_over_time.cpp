#include "runtime/data/drift_over_time.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "runtime/data/drift.h"
#include "runtime/data/profile.h"

namespace opsc {
namespace {

constexpr size_t kMostPeriods = 12;
constexpr size_t kRowsAPeriod = 100;  // on average, else there are fewer periods
constexpr size_t kFewestValues = 20;  // of a period whose shares are compared

bool IsText(ColumnType type) {
  return type == ColumnType::kString || type == ColumnType::kBool;
}

// A column as it was read: when, and what.
struct Read {
  size_t at = 0;  // its place in the rows
  RowField field;
  std::vector<int64_t> times;
  std::vector<double> numbers;     // or
  std::vector<std::string> texts;  // these

  void Add(const Column& column, const Column& time) {
    for (size_t row = 0; row < column.rows; ++row) {
      if (column.IsNull(row) || time.IsNull(row)) continue;
      if (!IsText(field.type)) {
        const double number = NumberOf(column, row);
        if (!std::isfinite(number)) continue;
        numbers.push_back(number);
      } else if (field.type == ColumnType::kBool) {
        texts.emplace_back(column.bools()[row] != 0 ? "true" : "false");
      } else {
        texts.emplace_back(column.text(row));
      }
      times.push_back(time.ints()[row]);
    }
  }
};

std::vector<Read> ColumnsOf(const RowSchema& schema) {
  std::vector<Read> columns;
  for (size_t at = 0; at < schema.fields.size(); ++at) {
    const RowField& field = schema.fields[at];
    if (field.roles.key || field.type == ColumnType::kTime) continue;
    columns.push_back({at, field, {}, {}, {}});
  }
  return columns;
}

// The times cut into periods.
struct Periods {
  int64_t low = 0;
  double length = 1;
  size_t count = 1;

  size_t Of(int64_t time) const {
    const double at = (static_cast<double>(time) - static_cast<double>(low)) / length;
    return std::min(static_cast<size_t>(at), count - 1);
  }
};

std::optional<Periods> PeriodsOf(const std::vector<int64_t>& times) {
  if (times.size() < 2 * kRowsAPeriod) return std::nullopt;
  const auto [low, high] = std::ranges::minmax(times);
  if (low == high) return std::nullopt;
  Periods periods{low, 1, std::min(kMostPeriods, times.size() / kRowsAPeriod)};
  // As floats: the span of what a column may hold is no int64.
  periods.length =
      (static_cast<double>(high) - static_cast<double>(low)) / static_cast<double>(periods.count);
  return periods;
}

// The values of each period.
template <typename T, typename From>
std::vector<std::vector<T>> Divide(const std::vector<From>& values,
                                   const std::vector<int64_t>& times, const Periods& periods) {
  std::vector<std::vector<T>> parts(periods.count);
  for (size_t i = 0; i < values.size(); ++i) parts[periods.Of(times[i])].emplace_back(values[i]);
  return parts;
}

template <typename T, typename Shares>
std::vector<std::optional<double>> PsiOf(const std::vector<std::vector<T>>& parts, Shares shares) {
  std::vector<std::optional<double>> psi;
  for (const std::vector<T>& part : parts) {
    const bool enough = part.size() >= kFewestValues && parts.front().size() >= kFewestValues;
    psi.push_back(enough ? std::optional(Psi(shares(parts.front(), part))) : std::nullopt);
  }
  return psi;
}

std::vector<std::optional<double>> PsiOf(const Read& column, const Periods& periods) {
  if (IsText(column.field.type)) {
    return PsiOf(Divide<std::string_view>(column.texts, column.times, periods),
                 [](const auto& a, const auto& b) { return ShareOf(a, b); });
  }
  return PsiOf(Divide<double>(column.numbers, column.times, periods),
               [](const auto& a, const auto& b) { return Bin(a, b, Binning::kReferenceDeciles); });
}

}  // namespace

Result<std::optional<DriftOverTime>> MakeDriftOverTime(BatchSource& rows) {
  const auto event = rows.schema()->EventTime();
  if (!event) return std::nullopt;
  std::vector<Read> columns = ColumnsOf(*rows.schema());
  std::vector<int64_t> times;
  while (true) {
    OPS_ASSIGN(const auto batch, rows.Next());
    if (!batch) break;
    const Column& time = batch->columns[*event];
    for (size_t row = 0; row < batch->rows; ++row) {
      if (!time.IsNull(row)) times.push_back(time.ints()[row]);
    }
    for (Read& column : columns) column.Add(batch->columns[column.at], time);
  }
  const auto periods = PeriodsOf(times);
  if (!periods) return std::nullopt;
  DriftOverTime drift;
  drift.rows.resize(periods->count);
  for (const int64_t time : times) ++drift.rows[periods->Of(time)];
  for (size_t i = 0; i < periods->count; ++i) {
    drift.begins.push_back(periods->low +
                           static_cast<int64_t>(periods->length * static_cast<double>(i)));
  }
  for (const Read& column : columns) {
    drift.columns.push_back({column.field.name, PsiOf(column, *periods)});
  }
  return drift;
}

}  // namespace opsc
