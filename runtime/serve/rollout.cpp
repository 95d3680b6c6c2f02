#include "runtime/serve/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
constexpr milliseconds kLook{50};          // between two looks at the server
constexpr milliseconds kLoadTime{30'000};  // a version that is not served after this cannot be
constexpr milliseconds kStartTime{2'000};  // a server that has died is there again after this

// One rollout under way.
struct Rollout {
  const Deployment& before;
  const DeployedVersion& next;
  const RolloutPlan& plan;
  RolloutTarget& target;
  const std::stop_token& stop;
  uint64_t serial;

  Deployment Shared(double share) {
    Deployment shared{++serial, {before.versions.front()}};
    shared.versions.front().share = 1 - share;
    shared.versions.push_back(next);
    shared.versions.back().share = share;
    return shared;
  }
  Deployment Alone(const DeployedVersion& version) {
    Deployment alone{++serial, {version}};
    alone.versions.front().share = 1;
    return alone;
  }
  Status Back() { return target.Write(Alone(before.versions.front())); }
};

std::unexpected<Error> Stopped() {
  return Fail(ErrorKind::kCancelled, "the rollout was stopped");
}

// Waits until the server serves this serial. One that has died meanwhile is started again by its
// supervisor; whether it gets ready with the new version is what is to be found out.
Status WaitForSerial(Rollout& rollout) {
  bool answers = true;
  for (const auto end = rollout.target.Now() + kLoadTime; rollout.target.Now() < end;) {
    const auto served = rollout.target.Ask();
    if (served && served->serial >= rollout.serial) return {};
    answers = served.has_value();
    if (rollout.stop.stop_requested()) return Stopped();
    rollout.target.Sleep(kLook);
  }
  return Fail(ErrorKind::kEnvironment,
              fmt::format("version {} is not served after {} s{}", rollout.next.source.version,
                          kLoadTime.count() / 1000, answers ? "" : ": the server does not answer"),
              fmt::format("version {} is what is served again; the server's log says why: `opsc "
                          "logs`. The next apply tries anew",
                          rollout.before.versions.front().source.version));
}

std::string Shown(const TrafficCounts& counts) {
  if (counts.requests == 0) return "no requests, so nothing was learnt";
  return fmt::format("{} requests, {} errors, p99 {:.1f} ms", counts.requests, counts.errors,
                     counts.p99_ns / 1e6);
}

// Does the new version have to go, by what it has answered so far?
Status Judge(const Rollout& rollout, double share, const TrafficCounts& counts) {
  if (rollout.plan.abort_if == nullptr || counts.requests == 0) return {};
  OPS_ASSIGN(const Batch row, Select(RolloutRow(counts), rollout.plan.abort_if->input()));
  Batch out;
  OPS_TRY(rollout.plan.abort_if->Run(row, out));
  const Column& answer = out.columns.front();
  if (answer.IsNull(0) || answer.bools()[0] == 0) return {};
  return Fail(
      ErrorKind::kDenied,
      fmt::format("version {} was taken back at {:.3g} % of the requests: {} ({})",
                  rollout.next.source.version, share * 100, rollout.plan.abort_text, Shown(counts)),
      fmt::format("version {} serves alone again", rollout.before.versions.front().source.version));
}

std::optional<TrafficCounts> CountsOfNext(Rollout& rollout) {
  const auto served = rollout.target.Ask();
  if (!served) return std::nullopt;
  const auto found = std::ranges::find(served->versions, rollout.next.source.version,
                                       &ServedNow::Version::version);
  return found == served->versions.end() ? TrafficCounts{} : found->counts;
}

// Watches one share for the time of a hold.
Status Hold(Rollout& rollout, double share) {
  TrafficCounts counts;
  for (nanoseconds waited{0};; waited += kLook) {
    const auto now = CountsOfNext(rollout);
    if (now) {
      counts = *now;
      OPS_TRY(Judge(rollout, share, counts));
    } else {
      OPS_TRY(WaitForSerial(rollout));
    }
    if (rollout.stop.stop_requested()) return Stopped();
    if (waited >= rollout.plan.hold) break;
    rollout.target.Sleep(kLook);
  }
  if (rollout.plan.say) {
    rollout.plan.say(fmt::format("version {} at {:.3g} %: {}", rollout.next.source.version,
                                 share * 100, Shown(counts)));
  }
  return {};
}

// Does anybody answer? With steps to go through, a server that is just being started is waited for.
bool IsThere(RolloutTarget& target, const RolloutPlan& plan, const std::stop_token& stop) {
  const auto end = target.Now() + (plan.steps.empty() ? milliseconds{0} : kStartTime);
  for (;;) {
    if (target.Ask()) return true;
    if (target.Now() >= end || stop.stop_requested()) return false;
    target.Sleep(kLook);
  }
}

Status Steps(Rollout& rollout) {
  for (const double share : rollout.plan.steps) {
    if (share <= 0 || share >= 1) continue;
    OPS_TRY(rollout.target.Write(rollout.Shared(share)));
    OPS_TRY(WaitForSerial(rollout));
    OPS_TRY(Hold(rollout, share));
  }
  OPS_TRY(rollout.target.Write(rollout.Alone(rollout.next)));
  OPS_TRY(WaitForSerial(rollout));
  if (rollout.plan.say) {
    rollout.plan.say(fmt::format("version {} answers all requests", rollout.next.source.version));
  }
  return {};
}

}  // namespace

Result<ServedNow> ServedFromText(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    ServedNow served;
    served.serial = json.at("serial").get<uint64_t>();
    for (const auto& version : json.at("versions")) {
      served.versions.push_back(
          {version.at("version").get<std::string>(),
           {version.at("requests").get<uint64_t>(), version.at("errors").get<uint64_t>(),
            version.value("refused", uint64_t{0}), version.at("rows").get<uint64_t>(),
            version.at("mean_prediction").get<double>(), version.at("p50_ns").get<double>(),
            version.at("p95_ns").get<double>(), version.at("p99_ns").get<double>()}});
    }
    return served;
  } catch (const nlohmann::json::exception& e) {
    return Fail(ErrorKind::kCorrupt, fmt::format("no server of a model answers: {}", e.what()));
  }
}

Status RollOut(const Deployment& now, const DeployedVersion& next, const RolloutPlan& plan,
               RolloutTarget& target, const std::stop_token& stop) {
  Rollout rollout{now, next, plan, target, stop, now.serial};
  if (!IsThere(target, plan, stop)) {
    if (stop.stop_requested()) return Stopped();
    return target.Write(rollout.Alone(next));
  }
  Status done = Steps(rollout);
  if (!done) {
    OPS_TRY(rollout.Back());
    (void)WaitForSerial(rollout);  // what went wrong is told, not that nobody followed
  }
  return done;
}

}  // namespace opsc
