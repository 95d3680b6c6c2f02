#include "runtime/serve/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace opsc {
namespace {

constexpr double kFirst = 1000;  // ns
constexpr double kPerDoubling = 8;

size_t BucketOf(std::chrono::nanoseconds took, size_t buckets) {
  const double at = std::log2(static_cast<double>(took.count()) / kFirst) * kPerDoubling;
  return static_cast<size_t>(std::clamp(at, 0.0, static_cast<double>(buckets - 1)));
}
// The upper end of a bucket, in ns.
double EndOf(size_t bucket) {
  return kFirst * std::exp2((static_cast<double>(bucket) + 1) / kPerDoubling);
}

int64_t Rounded(double x) {
  return static_cast<int64_t>(std::llround(x));
}

}  // namespace

void Traffic::Answered(std::chrono::nanoseconds took, size_t rows, double sum_of_predictions) {
  requests_.fetch_add(1, std::memory_order_relaxed);
  rows_.fetch_add(rows, std::memory_order_relaxed);
  predictions_.fetch_add(sum_of_predictions, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<uint64_t>(took.count()), std::memory_order_relaxed);
  times_[BucketOf(took, kBuckets)].fetch_add(1, std::memory_order_relaxed);
}

void Traffic::Failed() {
  requests_.fetch_add(1, std::memory_order_relaxed);
  errors_.fetch_add(1, std::memory_order_relaxed);
}

void Traffic::Refused() {
  refused_.fetch_add(1, std::memory_order_relaxed);
}

double Traffic::Quantile(double q, uint64_t total) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total)));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += times_[bucket].load(std::memory_order_relaxed);
    if (total > 0 && seen >= wanted) return EndOf(bucket);
  }
  return 0;
}

TrafficCounts Traffic::Read() const {
  TrafficCounts counts;
  counts.requests = requests_.load(std::memory_order_relaxed);
  counts.errors = errors_.load(std::memory_order_relaxed);
  counts.refused = refused_.load(std::memory_order_relaxed);
  counts.rows = rows_.load(std::memory_order_relaxed);
  const double sum = predictions_.load(std::memory_order_relaxed);
  if (counts.rows > 0) counts.mean_prediction = sum / static_cast<double>(counts.rows);
  uint64_t timed = 0;
  for (const auto& bucket : times_) timed += bucket.load(std::memory_order_relaxed);
  counts.p50_ns = Quantile(0.50, timed);
  counts.p95_ns = Quantile(0.95, timed);
  counts.p99_ns = Quantile(0.99, timed);
  return counts;
}

std::string Traffic::Header() {
  return "# TYPE opsc_requests_total counter\n# TYPE opsc_request_errors_total counter\n"
         "# TYPE opsc_requests_refused_total counter\n# TYPE opsc_rows_total counter\n# TYPE "
         "opsc_request_seconds histogram\n";
}

std::string Traffic::Text(const std::string& labels) const {
  const TrafficCounts counts = Read();
  std::string out = fmt::format(
      "opsc_requests_total{{{0}}} {1}\nopsc_request_errors_total{{{0}}} {2}\n"
      "opsc_requests_refused_total{{{0}}} {4}\nopsc_rows_total{{{0}}} {3}\n",
      labels, counts.requests, counts.errors, counts.rows, counts.refused);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += times_[bucket].load(std::memory_order_relaxed);
    if ((bucket + 1) % 8 != 0) continue;  // one a doubling is enough for others
    out += fmt::format("opsc_request_seconds_bucket{{{},le=\"{:.9g}\"}} {}\n", labels,
                       EndOf(bucket) / 1e9, seen);
  }
  const auto sum = static_cast<double>(nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
  return out + fmt::format(
                   "opsc_request_seconds_bucket{{{0},le=\"+Inf\"}} {1}\n"
                   "opsc_request_seconds_sum{{{0}}} {2}\nopsc_request_seconds_count{{{0}}} {1}\n",
                   labels, seen, sum);
}

SchemaPtr RolloutSchema() {
  static const SchemaPtr schema = std::make_shared<const RowSchema>(RowSchema{
      "RolloutMetrics",
      {FieldOfType("requests", ColumnType::kInt), FieldOfType("errors", ColumnType::kInt),
       FieldOfType("error_rate", ColumnType::kRatio), FieldOfType("p50", ColumnType::kDuration),
       FieldOfType("p95", ColumnType::kDuration), FieldOfType("p99", ColumnType::kDuration),
       FieldOfType("mean_prediction", ColumnType::kFloat)}});
  return schema;
}

Batch RolloutRow(const TrafficCounts& counts) {
  Batch row{RolloutSchema(), 1, {}};
  for (const RowField& field : row.schema->fields) {
    row.columns.push_back(Column::Zeroed(field.type, 1));
  }
  row.columns[0].writable_ints()[0] = static_cast<int64_t>(counts.requests);
  row.columns[1].writable_ints()[0] = static_cast<int64_t>(counts.errors);
  row.columns[2].writable_floats()[0] =
      counts.requests == 0
          ? 0
          : static_cast<double>(counts.errors) / static_cast<double>(counts.requests);
  row.columns[3].writable_ints()[0] = Rounded(counts.p50_ns);
  row.columns[4].writable_ints()[0] = Rounded(counts.p95_ns);
  row.columns[5].writable_ints()[0] = Rounded(counts.p99_ns);
  row.columns[6].writable_floats()[0] = counts.mean_prediction;
  return row;
}

}  // namespace opsc
