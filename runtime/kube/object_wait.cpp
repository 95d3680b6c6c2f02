#include "runtime/kube/object_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/pause.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/pod_trouble.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kShortest = std::chrono::milliseconds(50);
constexpr auto kSlowest = std::chrono::milliseconds(1000);
constexpr auto kEveryTold = std::chrono::seconds(5);
// A pod that crashes once is not the end; a deployment that gave up does not come back.
constexpr auto kDegradedFor = std::chrono::seconds(3);
constexpr auto kAskPodsAfter = std::chrono::seconds(2);

// They become healthy only when others use them, or something outside the cluster acts.
constexpr std::array<std::string_view, 5> kNotAwaited = {"PersistentVolumeClaim", "Service",
                                                         "Ingress", "HorizontalPodAutoscaler",
                                                         "PodDisruptionBudget"};

// Those that get there by pods, and say little of them in their own status.
constexpr std::array<std::string_view, 7> kHavePods = {
    "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job", "Pod"};

bool IsAwaited(const std::string& kind) {
  return std::ranges::find(kNotAwaited, kind) == kNotAwaited.end();
}

// The pauses of one wait, and what it says meanwhile.
class Pace {
 public:
  explicit Pace(const WaitFor& wait) : wait_(wait), ends_(Clock::now() + wait.longest) {}

  // False: stopped, or the time is over.
  bool Pause(const std::string& waits_for) {
    auto now = Clock::now();
    if (now >= ends_) return false;
    if (waits_for != told_ || now >= tell_) Tell(waits_for, now);
    PauseFor(delay_, wait_.context->stop);
    delay_ = std::min(delay_ * 2, kSlowest);
    return !stopped();
  }
  bool stopped() const { return wait_.context->stop.stop_requested(); }
  Error Over(const std::string& message) const {
    if (stopped()) return {ErrorKind::kCancelled, message + ": cancelled", ""};
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait_.longest).count();
    return {ErrorKind::kTask, fmt::format("{} after {} s", message, seconds),
            "give it more time with `timeout`, or look at it with kubectl describe"};
  }

 private:
  void Tell(const std::string& text, Clock::time_point now) {
    told_ = text;
    tell_ = now + kEveryTold;
    if (wait_.context->events == nullptr) return;
    wait_.context->events->Take(
        {Event::Type::kProgress, wait_.context->env->Now(), wait_.address, text, {}});
  }

  const WaitFor& wait_;
  Clock::time_point ends_;
  Clock::time_point tell_{};
  std::string told_;
  std::chrono::milliseconds delay_ = kShortest;
};

std::string Text(const Health& health) {
  std::string name(HealthName(health.status));
  return health.message.empty() ? name : fmt::format("{}: {}", name, health.message);
}

std::string HeldBy(const Value& object) {
  std::string names;
  const Value* metadata = object.Find("metadata");
  const Value* finalizers = metadata == nullptr ? nullptr : metadata->Find("finalizers");
  if (finalizers != nullptr && finalizers->is(ValueKind::kList)) {
    for (const Value& name : finalizers->AsList()) {
      if (name.is(ValueKind::kString)) {
        names += (names.empty() ? "" : ", ") + std::string(name.AsString());
      }
    }
  }
  return names.empty() ? "being deleted" : fmt::format("being deleted, held by {}", names);
}

// What the pods of the awaited object say; asked for only where that takes a while, and rarely.
class PodNews {
 public:
  PodNews(const ObjectPlace& place, std::stop_token stop)
      : place_(place),
        stop_(std::move(stop)),
        has_pods_(std::ranges::find(kHavePods, place.served.kind) != kHavePods.end()) {}

  // `text`, with what the pods said when they were last asked.
  std::string Add(const std::string& text, const Value& object) {
    if (Clock::now() >= ask_) Ask(object);
    return news_.empty() ? text : text + "; " + news_;
  }
  // The same as it is now: it is the last word.
  std::string AddNow(const std::string& text, const Value& object) {
    Ask(object);
    return Add(text, object);
  }

 private:
  void Ask(const Value& object) {
    ask_ = Clock::now() + kEveryTold;
    if (has_pods_ && !stop_.stop_requested()) news_ = PodTrouble(place_, object, stop_);
  }

  const ObjectPlace& place_;
  const std::stop_token stop_;
  const bool has_pods_;
  Clock::time_point ask_ = Clock::now() + kAskPodsAfter;
  std::string news_;
};

bool IsThere(HealthStatus status) {
  return status == HealthStatus::kHealthy || status == HealthStatus::kSuspended ||
         status == HealthStatus::kUnknown;
}

}  // namespace

Result<Value> WaitUntilHealthy(const ObjectPlace& place, Value object, const HealthJudge& judge,
                               const WaitFor& wait) {
  const bool awaited = wait.context->await == Await::kHealthy && IsAwaited(place.served.kind);
  if (!judge || !awaited) return object;
  Pace pace(wait);
  PodNews pods(place, wait.context->stop);
  std::optional<Clock::time_point> degraded;
  for (bool first = true;; first = false) {
    OPS_ASSIGN(Health health, judge(object));
    if (IsThere(health.status)) return object;
    if (first && wait.context->only_waits) wait.context->only_waits();
    if (health.status != HealthStatus::kDegraded) degraded.reset();
    if (health.status == HealthStatus::kDegraded && !degraded) degraded = Clock::now();
    if (degraded && Clock::now() - *degraded >= kDegradedFor) {
      return Fail(ErrorKind::kTask, pods.AddNow(Text(health), object));
    }
    if (!pace.Pause(pods.Add(Text(health), object))) {
      return std::unexpected(pace.Over("still " + pods.AddNow(Text(health), object)));
    }
    OPS_ASSIGN(auto now, GetObject(place, wait.context->stop));
    if (!now) return Fail(ErrorKind::kConflict, "somebody deleted it meanwhile", "apply again");
    object = std::move(*now);
  }
}

Status WaitUntilGone(const ObjectPlace& place, const std::string& uid, const WaitFor& wait) {
  Pace pace(wait);
  for (;;) {
    OPS_ASSIGN(auto now, GetObject(place, wait.context->stop));
    if (!now || TextAt(*now, "metadata", "uid") != uid) return {};
    std::string held = HeldBy(*now);
    if (!pace.Pause(held)) return std::unexpected(pace.Over("still " + held));
  }
}

Result<ServedKind> WaitUntilServed(Cluster& cluster, const std::string& api_version,
                                   const std::string& kind, std::stop_token stop) {
  constexpr auto kLongest = std::chrono::seconds(15);
  auto ends = Clock::now() + kLongest;
  for (;;) {
    OPS_ASSIGN(auto served, cluster.discovery->Find(api_version, kind, stop));
    if (served) return std::move(*served);
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "cancelled");
    if (Clock::now() >= ends) {
      return Fail(ErrorKind::kInput,
                  fmt::format("the cluster knows no {} of `{}`", kind, api_version),
                  "is its CustomResourceDefinition there, and the version served?");
    }
    PauseFor(kShortest * 4, stop);
  }
}

}  // namespace opsc
