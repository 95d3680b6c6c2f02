#include "runtime/monitor/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace opsc {
namespace {

using Counters = prometheus::Family<prometheus::Counter>;
using Gauges = prometheus::Family<prometheus::Gauge>;
using Histograms = prometheus::Family<prometheus::Histogram>;

const prometheus::Histogram::BucketBoundaries kSeconds = {0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300};

Counters& MakeCounters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Gauges& MakeGauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

struct AgentMetrics::Impl {
  prometheus::Registry registry;
  Gauges& info = MakeGauges(registry, "opsc_sync_info", "The revision and the state of a sync.");
  Gauges& synced = MakeGauges(registry, "opsc_sync_last_success_timestamp_seconds",
                              "When the world was last seen to be as the revision says.");
  Gauges& drift = MakeGauges(registry, "opsc_drift_objects",
                             "Objects that differ from what is recorded and are left so.");
  Gauges& objects = MakeGauges(registry, "opsc_sync_objects", "Objects that a sync keeps.");
  Counters& passes = MakeCounters(registry, "opsc_reconcile_total", "Passes by their result.");
  Counters& fetches = MakeCounters(registry, "opsc_git_fetch_total", "Fetches by their result.");
  Counters& changes =
      MakeCounters(registry, "opsc_plan_changes_total", "Changes that were applied, by action.");
  Histograms& durations = prometheus::BuildHistogram()
                              .Name("opsc_reconcile_duration_seconds")
                              .Help("How long passes took.")
                              .Register(registry);
  std::mutex mutex;
  std::map<std::string, prometheus::Gauge*> current;  // of `info`, by sync
};

AgentMetrics::AgentMetrics() : impl_(std::make_unique<Impl>()) {}
AgentMetrics::~AgentMetrics() = default;

void AgentMetrics::SetInfo(const std::string& sync, const std::string& revision,
                           const std::string& state) {
  std::lock_guard lock(impl_->mutex);
  prometheus::Gauge*& gauge = impl_->current[sync];
  if (gauge != nullptr) impl_->info.Remove(gauge);
  gauge = &impl_->info.Add({{"sync", sync}, {"revision", revision}, {"state", state}});
  gauge->Set(1);
}

void AgentMetrics::CountPass(const std::string& sync, const std::string& result,
                             std::chrono::nanoseconds took) {
  impl_->passes.Add({{"sync", sync}, {"result", result}}).Increment();
  impl_->durations.Add({{"sync", sync}}, kSeconds)
      .Observe(std::chrono::duration<double>(took).count());
}

void AgentMetrics::CountFetch(const std::string& sync, const std::string& result) {
  impl_->fetches.Add({{"sync", sync}, {"result", result}}).Increment();
}

void AgentMetrics::CountChanges(const std::string& sync, const std::string& action, int count) {
  if (count > 0) impl_->changes.Add({{"sync", sync}, {"action", action}}).Increment(count);
}

void AgentMetrics::SetDrift(const std::string& sync, size_t objects) {
  impl_->drift.Add({{"sync", sync}}).Set(static_cast<double>(objects));
}

void AgentMetrics::SetObjects(const std::string& sync, size_t objects) {
  impl_->objects.Add({{"sync", sync}}).Set(static_cast<double>(objects));
}

void AgentMetrics::SetSynced(const std::string& sync, std::chrono::system_clock::time_point at) {
  double seconds = std::chrono::duration<double>(at.time_since_epoch()).count();
  impl_->synced.Add({{"sync", sync}}).Set(seconds);
}

std::string AgentMetrics::Text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace opsc
