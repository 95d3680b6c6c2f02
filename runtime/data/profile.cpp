#include "runtime/data/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "runtime/data/aggregate.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kBins = 24;
constexpr size_t kTop = 10;

bool IsCounted(ColumnType type) {
  return type == ColumnType::kString || type == ColumnType::kBool;
}

// One column while it is read.
struct Reading {
  explicit Reading(const RowField& field)
      : low(AggregateFunction::kMin, field.type),
        high(AggregateFunction::kMax, field.type),
        distinct(AggregateFunction::kDistinct, field.type) {
    profile.field = field;
  }

  void Add(const Column& column) {
    profile.rows += column.rows;
    profile.nulls += column.NullCount();
    low.Add(column);
    high.Add(column);
    distinct.Add(column);
    if (column.type == ColumnType::kString) return CountTexts(column);
    for (size_t row = 0; row < column.rows; ++row) {
      if (column.IsNull(row)) continue;
      if (column.type == ColumnType::kBool) {
        ++counts[column.bools()[row] != 0 ? "true" : "false"];
      } else {
        double number = NumberOf(column, row);
        if (std::isfinite(number)) numbers.push_back(number);
      }
    }
  }

  void CountTexts(const Column& column) {
    std::vector<uint64_t> by_code(column.dictionary->size());
    for (size_t row = 0; row < column.rows; ++row) {
      if (!column.IsNull(row)) ++by_code[static_cast<size_t>(column.codes()[row])];
    }
    for (size_t code = 0; code < by_code.size(); ++code) {
      if (by_code[code] == 0) continue;
      counts[std::string((*column.dictionary)[static_cast<int32_t>(code)])] += by_code[code];
    }
  }

  ColumnProfile profile;
  Aggregate low;
  Aggregate high;
  Aggregate distinct;
  std::vector<double> numbers;
  std::unordered_map<std::string, uint64_t> counts;
};

double SortedQuantile(const std::vector<double>& sorted, double q) {
  double place = q * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - static_cast<double>(below));
}

// Whole numbers of few values have a bin each.
void FillHistogram(const std::vector<double>& sorted, ColumnProfile& out) {
  double low = sorted.front();
  double high = sorted.back();
  bool whole = out.field.type == ColumnType::kInt && high - low < static_cast<double>(kBins);
  size_t bins = whole ? static_cast<size_t>(high - low) + 1 : kBins;
  if (!(high > low)) bins = 1;
  double width = whole ? 1 : (high - low) / static_cast<double>(bins);
  for (size_t i = 0; i < bins; ++i) {
    double from = low + width * static_cast<double>(i);
    out.histogram.push_back({from, i + 1 == bins && !whole ? high : from + width, 0});
  }
  for (double number : sorted) {
    auto bin = width > 0 ? static_cast<size_t>((number - low) / width) : 0;
    ++out.histogram[std::min(bin, bins - 1)].count;
  }
}

void FillNumbers(std::vector<double>& numbers, ColumnProfile& out) {
  if (numbers.empty()) return;
  double sum = 0;
  for (double number : numbers) sum += number;
  out.mean = sum / static_cast<double>(numbers.size());
  double squares = 0;
  for (double number : numbers) squares += (number - out.mean) * (number - out.mean);
  if (numbers.size() > 1) out.std = std::sqrt(squares / static_cast<double>(numbers.size() - 1));
  std::ranges::sort(numbers);
  for (double q : kProfileQuantiles) out.quantiles.push_back(SortedQuantile(numbers, q));
  FillHistogram(numbers, out);
}

Result<ColumnProfile> Finish(Reading& reading) {
  ColumnProfile& out = reading.profile;
  OPS_ASSIGN(out.low, reading.low.Finish());
  OPS_ASSIGN(out.high, reading.high.Finish());
  OPS_ASSIGN(Value distinct, reading.distinct.Finish());
  out.distinct = static_cast<uint64_t>(distinct.AsInt());
  if (!IsCounted(out.field.type)) FillNumbers(reading.numbers, out);
  out.top.assign(reading.counts.begin(), reading.counts.end());
  size_t shown = std::min(kTop, out.top.size());
  std::partial_sort(out.top.begin(), out.top.begin() + static_cast<long>(shown), out.top.end(),
                    [](const auto& a, const auto& b) {
                      return a.second != b.second ? a.second > b.second : a.first < b.first;
                    });
  out.top.resize(shown);
  return std::move(out);
}

Json ColumnJson(const ColumnProfile& column) {
  Json json = {{"name", column.field.name},
               {"type", ColumnTypeName(column.field.type)},
               {"nulls", column.nulls},
               {"distinct", column.distinct}};
  if (!column.low.is_null()) {
    json["min"] = Json::parse(opsc::ToJson(column.low, SecretPolicy::kReveal));
    json["max"] = Json::parse(opsc::ToJson(column.high, SecretPolicy::kReveal));
  }
  if (!column.quantiles.empty()) {
    json["mean"] = column.mean;
    json["std"] = column.std;
    for (size_t i = 0; i < column.quantiles.size(); ++i) {
      json["quantiles"][fmt::format("{}", kProfileQuantiles[i])] = column.quantiles[i];
    }
    for (const HistogramBin& bin : column.histogram) {
      json["histogram"].push_back({{"from", bin.from}, {"to", bin.to}, {"count", bin.count}});
    }
  }
  for (const auto& [value, count] : column.top) {
    json["top"].push_back({{"value", value}, {"count", count}});
  }
  return json;
}

}  // namespace

double NumberOf(const Column& column, size_t row) {
  if (column.type == ColumnType::kBool) return column.bools()[row];
  if (IsFloat(column.type)) return column.floats()[row];
  auto number = static_cast<double>(column.ints()[row]);
  bool is_time = column.type == ColumnType::kTime || column.type == ColumnType::kDuration;
  return is_time ? number / 1e9 : number;
}

Result<Profile> MakeProfile(std::string name, BatchSource& rows) {
  Profile out;
  out.name = std::move(name);
  std::vector<Reading> readings;
  for (const RowField& field : rows.schema()->fields) readings.emplace_back(field);
  for (;;) {
    OPS_ASSIGN(auto batch, rows.Next());
    if (!batch) break;
    out.rows += batch->rows;
    for (size_t i = 0; i < readings.size(); ++i) readings[i].Add(batch->columns[i]);
  }
  for (Reading& reading : readings) {
    OPS_ASSIGN(ColumnProfile column, Finish(reading));
    out.columns.push_back(std::move(column));
  }
  return out;
}

Json ToJson(const Profile& profile) {
  Json json = {{"format", "opsc.profile/1"}, {"name", profile.name}, {"rows", profile.rows}};
  json["columns"] = Json::array();
  for (const ColumnProfile& column : profile.columns) json["columns"].push_back(ColumnJson(column));
  return json;
}

}  // namespace opsc
