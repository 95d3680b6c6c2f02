// Which version of a service is in charge, which is coming and which are going.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/kind/event_loop.h"
#include "runtime/kind/forwarder.h"
#include "runtime/kind/service_log.h"
#include "runtime/kind/service_spec.h"
#include "runtime/kind/version.h"

namespace opsc {

// How a change ended, by its token.
struct Outcome {
  std::string token;
  bool ok = false;
  std::string message;  // of a failure, with the last lines of the version
  std::string hint;
};

// Starts a version beside the one in charge, lets it take over once it is ready, and keeps the old
// one otherwise. Without a public port the old one is stopped first and started again after a
// failure. Restarts what dies, with a backoff from 100 ms to 30 s. One change at a time; further
// ones wait. Not thread-safe.
class Rollout {
 public:
  using Done = std::function<void(const Outcome&)>;

  Rollout(EventLoop* loop, ServiceLog* log, uint64_t open_files);
  ~Rollout();

  // Called when something changed that is worth recording.
  std::function<void()> on_change;

  void Apply(ServiceSpec spec, Done done);
  // The outcome of a token: now, later, or (false) never, because it is unknown.
  bool Await(const std::string& token, Done done);
  void Cancel(const std::string& token);
  // Ends everything; `done` once nobody is left.
  void Shutdown(std::function<void()> done);

  const Version* in_charge() const { return current_.get(); }
  bool busy() const { return !token_.empty(); }
  bool idle() const { return current_ == nullptr && !busy() && draining_.empty(); }
  int restarts() const { return restarts_; }
  int port() const { return forwarder_.port(); }
  const Outcome* last() const { return outcomes_.empty() ? nullptr : &outcomes_.back(); }
  std::vector<pid_t> keepers() const;

 private:
  void Begin(ServiceSpec spec);
  void StartCandidate();
  std::string PortHint() const;
  void FailCandidate(const std::string& why);
  void AbandonCandidate();
  void Promote();
  void Finish(const Outcome& outcome);
  void Next();
  void Drain(std::unique_ptr<Version> version);
  void StopDrained();
  void Restart();
  void StartCurrent();
  void OnReady(uint64_t id);
  void OnEnd(uint64_t id, const TreeEnd& end);
  void OnCurrentEnd(const TreeEnd& end);
  void CheckShutdown();
  std::unique_ptr<Version> MakeVersion(ServiceSpec spec);
  void Changed() {
    if (on_change) on_change();
  }

  EventLoop* loop_;
  ServiceLog* log_;
  uint64_t open_files_;
  Forwarder forwarder_;
  uint64_t next_id_ = 1;
  std::unique_ptr<Version> current_;
  int restarts_ = 0;
  std::chrono::nanoseconds backoff_;
  EventLoop::TimerId restart_ =
      0;               // of the current one: its next start, or the end of its patience
  std::string token_;  // of the change in progress
  ServiceSpec coming_;
  std::unique_ptr<Version> candidate_;  // null while the old one is stopped first
  bool old_stops_first_ = false;
  EventLoop::TimerId start_timeout_ = 0;
  std::optional<Outcome> failure_;  // of the candidate, while it is being killed
  std::vector<std::unique_ptr<Version>> draining_;
  std::map<uint64_t, EventLoop::TimerId> drain_timers_;
  std::deque<ServiceSpec> queue_;
  std::deque<Outcome> outcomes_;
  std::multimap<std::string, Done> waiting_;
  std::function<void()> shutdown_;
};

}  // namespace opsc
