#include "runtime/reconcile/schedule.h"

#include <algorithm>

namespace opsc {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kFirstBackoff = seconds(1);
constexpr nanoseconds kLongestBackoff = std::chrono::minutes(5);
constexpr nanoseconds kBetweenPushes = seconds(1);  // hooks are open to whoever reaches them
constexpr nanoseconds kBetweenFights = seconds(1);
constexpr Time kNever = Time::max();

bool HasNews(const SyncMemory& memory) {
  bool made = memory.seen == memory.applied && !memory.stale;
  return !memory.seen.empty() && !made && memory.seen != memory.refused;
}

// When the origin is looked at again. The time of the last look follows from the next.
Time FetchTime(const SyncPolicy& policy, const SyncMemory& memory, const SyncEvents& events) {
  if (!events.push) return memory.next_fetch;
  if (memory.fetch_failures > 0) return Time{};
  return std::min(memory.next_fetch, memory.next_fetch - policy.every + kBetweenPushes);
}

Time CheckTime(const SyncMemory& memory, const SyncEvents& events) {
  if (memory.applied.empty()) return kNever;
  Time due = events.drift ? Time{} : memory.next_check;
  return std::max(due, memory.next_heal);
}

}  // namespace

nanoseconds Backoff(int failures, double jitter) {
  int doublings = std::clamp(failures - 1, 0, 20);
  nanoseconds base = std::min(kFirstBackoff * (int64_t{1} << doublings), kLongestBackoff);
  return base + std::chrono::duration_cast<nanoseconds>(base * (jitter / 5));
}

SyncStep NextStep(const SyncPolicy& policy, const SyncMemory& memory, const SyncEvents& events,
                  Time now, Gate gate) {
  using Kind = SyncStep::Kind;
  if (policy.suspended) return {Kind::kWait, "", kNever};
  Time fetch = FetchTime(policy, memory, events);
  if (fetch <= now) return {Kind::kFetch, "", now};
  if (HasNews(memory) && gate == Gate::kOpen) {
    if (memory.next_apply <= now) return {Kind::kApply, memory.seen, now};
    return {Kind::kWait, "", std::min(fetch, memory.next_apply)};
  }
  Time check = CheckTime(memory, events);
  if (check <= now) return {Kind::kCheck, memory.applied, now};
  return {Kind::kWait, "", std::min(fetch, check)};
}

SyncMemory AfterFetch(const SyncPolicy& policy, SyncMemory memory,
                      const std::optional<std::string>& revision, Time now, double jitter) {
  if (!revision) {
    ++memory.fetch_failures;
    memory.next_fetch = now + Backoff(memory.fetch_failures, jitter);
    return memory;
  }
  memory.fetch_failures = 0;
  memory.next_fetch = now + policy.every;
  if (*revision == memory.seen) return memory;
  memory.seen = *revision;
  memory.refused.clear();
  memory.apply_failures = 0;
  memory.next_apply = now;
  return memory;
}

SyncMemory AfterApply(const SyncPolicy& policy, SyncMemory memory, SyncResult result, Time now,
                      double jitter) {
  memory.next_check = now + policy.every;
  if (result == SyncResult::kFailed) {
    ++memory.apply_failures;
    memory.next_apply = now + Backoff(memory.apply_failures, jitter);
    if (memory.apply_failures < kMostAttempts) return memory;
  }
  if (result == SyncResult::kFailed || result == SyncResult::kRefused) {
    memory.refused = memory.seen;
    memory.next_check = now;  // what was true before is to stay true
    return memory;
  }
  memory.applied = memory.seen;
  memory.stale = false;
  memory.apply_failures = 0;
  memory.check_failures = 0;
  return memory;
}

SyncMemory AfterCheck(const SyncPolicy& policy, SyncMemory memory, SyncResult result, Time now,
                      double jitter) {
  memory.next_check = now + policy.every;
  if (result == SyncResult::kFailed) {
    ++memory.check_failures;
    memory.next_heal = now + Backoff(memory.check_failures, jitter);
  } else {
    memory.check_failures = 0;
  }
  if (result == SyncResult::kFought) {
    memory.next_heal = now + kBetweenFights;
    memory.next_check = std::min(memory.next_check, memory.next_heal);
  }
  return memory;
}

}  // namespace opsc
