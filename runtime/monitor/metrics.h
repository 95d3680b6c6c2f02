// What an agent counts, in the text format of Prometheus.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace opsc {

// Names and labels: docs/gitops.md. Thread-safe.
class AgentMetrics {
 public:
  AgentMetrics();
  ~AgentMetrics();

  // `opsc_sync_info{sync,revision,state} 1`: one a sync, replaced by the next.
  void SetInfo(const std::string& sync, const std::string& revision, const std::string& state);
  // `opsc_reconcile_duration_seconds` and `opsc_reconcile_total{sync,result}`.
  void CountPass(const std::string& sync, const std::string& result, std::chrono::nanoseconds took);
  void CountFetch(const std::string& sync, const std::string& result);  // "ok" or "failed"
  void CountChanges(const std::string& sync, const std::string& action, int count);
  void SetDrift(const std::string& sync, size_t objects);
  void SetObjects(const std::string& sync, size_t objects);
  void SetSynced(const std::string& sync, std::chrono::system_clock::time_point at);

  std::string Text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace opsc
