// What a version of a model has answered, counted.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "runtime/column/batch.h"

namespace opsc {

// A picture of the counts at one moment.
struct TrafficCounts {
  uint64_t requests = 0;
  uint64_t errors = 0;   // of the model: features that cannot be computed, 5xx
  uint64_t refused = 0;  // bad requests, which are no errors of the model, nor among `requests`
  uint64_t rows = 0;
  double mean_prediction = 0;
  double p50_ns = 0;  // of the time to answer; 0: nothing was asked
  double p95_ns = 0;
  double p99_ns = 0;
};

// Counts of one version. Thread-safe, without locks. Times fall into buckets that are 2^(1/8) apart
// from 1 µs on, so a quantile is right within 9 %.
class Traffic {
 public:
  void Answered(std::chrono::nanoseconds took, size_t rows, double sum_of_predictions);
  void Failed();
  void Refused();
  TrafficCounts Read() const;
  // Prometheus' text format, with these labels: opsc_requests_total, opsc_request_errors_total,
  // opsc_requests_refused_total, opsc_rows_total, opsc_request_seconds (histogram).
  static std::string Header();
  std::string Text(const std::string& labels) const;

 private:
  static constexpr size_t kBuckets = 8 * 27;  // up to 134 s
  double Quantile(double q, uint64_t total) const;

  std::atomic<uint64_t> requests_{0};
  std::atomic<uint64_t> errors_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> rows_{0};
  std::atomic<double> predictions_{0};
  std::atomic<uint64_t> nanoseconds_{0};
  std::array<std::atomic<uint64_t>, kBuckets> times_{};
};

// The row on which `abort_if` is computed: requests, errors (int), error_rate (ratio), p50, p95,
// p99 (duration), mean_prediction (float).
Batch RolloutRow(const TrafficCounts& counts);
SchemaPtr RolloutSchema();

}  // namespace opsc
