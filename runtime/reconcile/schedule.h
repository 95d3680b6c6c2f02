// What a sync does next: a pure function of what it is told, what it remembers and what it heard.
// Level-based: an event only makes it look sooner; what to do is decided by what is there.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "runtime/base/env.h"

namespace opsc {

enum class Heal { kNo, kYes };

// What the source says about a sync.
struct SyncPolicy {
  std::chrono::nanoseconds every = std::chrono::seconds(30);
  Heal heal = Heal::kNo;
  bool suspended = false;
};

// What is remembered between steps, and over restarts. Revisions are ids of commits.
struct SyncMemory {
  std::string seen;     // what the ref named when it was last looked up
  std::string applied;  // what was last made true as a whole
  std::string refused;  // cannot be made true: left alone until `seen` is another

  bool stale = false;  // what is applied was made by other rules: to be made true again

  int fetch_failures = 0;  // in a row
  int apply_failures = 0;  // in a row, of `seen`
  int check_failures = 0;  // in a row
  Time next_fetch{};
  Time next_apply{};
  Time next_check{};  // a look at the world
  Time next_heal{};   // not before: the last look failed, or somebody undoes what is healed

  friend bool operator==(const SyncMemory&, const SyncMemory&) = default;
};

// What was heard since the last step.
struct SyncEvents {
  bool push = false;   // the origin may have moved
  bool drift = false;  // something that is kept may have changed
  bool gate = false;   // what the sync comes after may stand now
};

struct SyncStep {
  enum class Kind {
    kWait,   // until `until`, or an event
    kFetch,  // look up what the ref names
    kApply,  // make `revision` true
    kCheck,  // compare the world with `revision`, and heal it if the policy says so
  };
  Kind kind = Kind::kWait;
  std::string revision;
  Time until{};
};

// May a new revision be applied: does all that the sync comes after stand?
enum class Gate { kOpen, kShut };

SyncStep NextStep(const SyncPolicy& policy, const SyncMemory& memory, const SyncEvents& events,
                  Time now, Gate gate = Gate::kOpen);

// How an attempt to make a revision true ended.
enum class SyncResult {
  kSynced,   // the world is as the revision says
  kDrifted,  // it is not, and is left so: the policy does not heal
  kHealed,   // it was not, and is again
  kFought,   // something is undone again and again and was left alone; the rest is as it should be
  kRefused,  // the revision itself cannot be: errors, a signature, a check, a guard
  kFailed,   // the world said no; worth another try
};

// Attempts of one revision before it is given up until there is a newer one.
inline constexpr int kMostAttempts = 5;

// What is remembered after a step. `jitter` in [0, 1) spreads retries.
SyncMemory AfterFetch(const SyncPolicy& policy, SyncMemory memory,
                      const std::optional<std::string>& revision, Time now, double jitter);
SyncMemory AfterApply(const SyncPolicy& policy, SyncMemory memory, SyncResult result, Time now,
                      double jitter);
SyncMemory AfterCheck(const SyncPolicy& policy, SyncMemory memory, SyncResult result, Time now,
                      double jitter);

// 1 s after the first failure in a row, doubling up to 5 min, and up to a fifth more by jitter.
std::chrono::nanoseconds Backoff(int failures, double jitter);

}  // namespace opsc
