// Intervals by resampling.
#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/ml/metrics.h"
#include "runtime/ml/random.h"

namespace opsc {
namespace {

// Rows by group, so that a drawn group adds all of its rows.
std::vector<std::vector<uint32_t>> RowsOfGroups(std::span<const uint32_t> groups) {
  std::vector<std::vector<uint32_t>> rows;
  for (uint32_t row = 0; row < groups.size(); ++row) {
    if (groups[row] >= rows.size()) rows.resize(groups[row] + 1);
    rows[groups[row]].push_back(row);
  }
  return rows;
}

// One resample: how often each row was drawn.
void Draw(Random& random, const std::vector<std::vector<uint32_t>>& groups,
          std::vector<uint32_t>& counts) {
  std::ranges::fill(counts, 0);
  if (groups.empty()) {
    for (size_t i = 0; i < counts.size(); ++i) ++counts[random.Below(counts.size())];
    return;
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const uint32_t row : groups[random.Below(groups.size())]) ++counts[row];
  }
}

// The value below which a share `q` lies, between neighbours by linear interpolation (numpy's
// default). REQUIRES: sorted, not empty.
double Quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

void SetInterval(Measured& measured, std::vector<double> values, double level) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return;
  std::ranges::sort(values);
  measured.low = Quantile(values, (1 - level) / 2);
  measured.high = Quantile(values, (1 + level) / 2);
}

}  // namespace

std::vector<Measured> Evaluate(Objective objective, const Scored& scored,
                               const BootstrapOptions& options) {
  OPS_CHECK(options.groups.empty() || options.groups.size() == scored.truth.size(),
            "a group for each row");
  const auto metrics = MetricsOf(objective);
  std::vector<uint32_t> counts(scored.truth.size(), 1);
  std::vector<Measured> out;
  for (const Metric& metric : metrics) {
    const double value = metric.of(scored, counts);
    out.push_back({std::string(metric.name), value, value, value});
  }
  if (options.rounds == 0 || counts.empty()) return out;
  const auto groups = RowsOfGroups(options.groups);
  Random random(options.seed);
  std::vector<std::vector<double>> values(metrics.size());
  for (uint32_t round = 0; round < options.rounds; ++round) {
    Draw(random, groups, counts);
    for (size_t i = 0; i < metrics.size(); ++i) values[i].push_back(metrics[i].of(scored, counts));
  }
  for (size_t i = 0; i < metrics.size(); ++i) {
    SetInterval(out[i], std::move(values[i]), options.level);
  }
  return out;
}

}  // namespace opsc
