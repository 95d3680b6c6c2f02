#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "runtime/reconcile/loop.h"

namespace opsc {
namespace {

using namespace std::chrono_literals;
using Kind = SyncStep::Kind;

// A world with a fake clock: an origin that moves, a world that drifts, and a log of what was done.
class FakeSyncer : public Syncer {
 public:
  explicit FakeSyncer(MemoryEnv& env) : env_(env) {}

  std::optional<std::string> origin = "r1";
  std::map<std::string, SyncResult> outcome;  // of revisions; otherwise kSynced
  bool drifted = false;
  bool fought = false;  // what differs is left alone
  bool cancel = false;
  Gate gate = Gate::kOpen;
  std::vector<std::string> done;
  std::vector<SyncMemory> remembered;
  std::function<void()> after_step = [] {};

  Result<std::string> Fetch(std::stop_token) override {
    Note("fetch");
    if (!origin) return Fail(ErrorKind::kEnvironment, "gone");
    return *origin;
  }
  Gate MayApply(const std::string&) override { return gate; }
  Result<SyncResult> Apply(const std::string& revision, std::stop_token) override {
    if (cancel) return Fail(ErrorKind::kCancelled, "stopped");
    Note("apply " + revision);
    auto found = outcome.find(revision);
    if (found == outcome.end()) drifted = false;
    return found == outcome.end() ? SyncResult::kSynced : found->second;
  }
  Result<SyncResult> Check(const std::string& revision, Heal heal, std::stop_token) override {
    Note("check " + revision);
    if (!drifted) return SyncResult::kSynced;
    if (heal == Heal::kNo) return SyncResult::kDrifted;
    if (fought) return SyncResult::kFought;
    drifted = false;
    return SyncResult::kHealed;
  }
  Status Remember(const SyncMemory& memory) override {
    remembered.push_back(memory);
    after_step();
    return {};
  }

 private:
  void Note(std::string what) { done.push_back(std::move(what)); }
  MemoryEnv& env_;
};

// Drives NextStep by a clock that jumps to each time that is waited for.
class Scenario {
 public:
  Scenario() {
    env.now = Time(1000h);
    policy.heal = Heal::kYes;
  }

  MemoryEnv env;
  FakeSyncer syncer{env};
  SyncPolicy policy;
  SyncMemory memory;
  SyncEvents events;

  // Everything that happens within `time`, as "+2s fetch; …".
  std::string Run(std::chrono::nanoseconds time) {
    Time end = env.now + time, begin = env.now;
    std::string log;
    while (true) {
      SyncStep step = NextStep(policy, memory, events, env.now);
      if (step.kind == Kind::kWait) {
        if (step.until > end) break;
        env.now = step.until;
        continue;
      }
      size_t before = syncer.done.size();
      One(step);
      auto at = std::chrono::duration_cast<std::chrono::seconds>(env.now - begin).count();
      log += "+" + std::to_string(at) + "s " + syncer.done.at(before) + "; ";
    }
    env.now = end;
    return log;
  }

 private:
  void One(const SyncStep& step) {
    if (step.kind == Kind::kFetch) {
      events.push = false;
      auto revision = syncer.Fetch({});
      auto seen = revision ? std::optional(*revision) : std::nullopt;
      memory = AfterFetch(policy, memory, seen, env.now, 0);
    } else if (step.kind == Kind::kApply) {
      events.drift = false;
      memory = AfterApply(policy, memory, *syncer.Apply(step.revision, {}), env.now, 0);
    } else {
      events.drift = false;
      memory =
          AfterCheck(policy, memory, *syncer.Check(step.revision, policy.heal, {}), env.now, 0);
    }
  }
};

TEST(Schedule, ACommitIsAppliedOnceAndThenLookedAt) {
  Scenario s;
  EXPECT_EQ(s.Run(0s), "+0s fetch; +0s apply r1; ");
  EXPECT_EQ(s.Run(65s), "+30s fetch; +30s check r1; +60s fetch; +60s check r1; ");
  s.syncer.origin = "r2";
  EXPECT_EQ(s.Run(30s), "+25s fetch; +25s apply r2; ");
  EXPECT_EQ(s.memory.applied, "r2");
}

TEST(Schedule, APushIsHeardAtOnceButNotOftenerThanOnceASecond) {
  Scenario s;
  s.Run(5s);
  s.syncer.origin = "r2";
  s.events.push = true;
  EXPECT_EQ(s.Run(0s), "+0s fetch; +0s apply r2; ");
  s.events.push = true;
  EXPECT_EQ(s.Run(2s), "+1s fetch; ");
}

TEST(Schedule, ABrokenRevisionIsLeftAloneUntilANewerOneComes) {
  Scenario s;
  s.Run(0s);
  s.syncer.origin = "bad";
  s.syncer.outcome["bad"] = SyncResult::kRefused;
  EXPECT_EQ(s.Run(30s), "+30s fetch; +30s apply bad; +30s check r1; ");
  EXPECT_EQ(s.memory.applied, "r1") << "what was true stays";
  EXPECT_EQ(s.Run(30s), "+30s fetch; +30s check r1; ");
  s.syncer.origin = "r3";
  EXPECT_EQ(s.Run(30s), "+30s fetch; +30s apply r3; ");
  EXPECT_EQ(s.memory.refused, "");
}

TEST(Schedule, AFailureIsTriedAgainEverLaterAndThenGivenUp) {
  Scenario s;
  s.policy.every = 1h;
  s.syncer.outcome["r1"] = SyncResult::kFailed;
  EXPECT_EQ(s.Run(10min),
            "+0s fetch; +0s apply r1; +1s apply r1; +3s apply r1; +7s apply r1; +15s apply r1; ");
  EXPECT_EQ(s.memory.refused, "r1");
  s.syncer.outcome.clear();
  s.syncer.origin = "r2";
  s.events.push = true;
  EXPECT_EQ(s.Run(0s), "+0s fetch; +0s apply r2; ");
}

TEST(Schedule, AVanishedOriginIsAskedEverLaterWhileTheWorldIsStillHealed) {
  Scenario s;
  s.Run(0s);
  s.syncer.origin.reset();
  EXPECT_EQ(s.Run(40s), "+30s fetch; +30s check r1; +31s fetch; +33s fetch; +37s fetch; ");
  s.syncer.drifted = true;
  s.events.drift = true;
  EXPECT_EQ(s.Run(0s), "+0s check r1; ");
  EXPECT_FALSE(s.syncer.drifted);
  s.syncer.origin = "r2";
  s.events.push = true;
  EXPECT_EQ(s.Run(0s), "+0s fetch; +0s apply r2; ") << "a push ends the waiting";
  EXPECT_EQ(s.memory.fetch_failures, 0);
}

TEST(Schedule, DriftIsHealedAtOnceAndAFightIsLookedAtOnceASecond) {
  Scenario s;
  s.policy.every = 1h;
  s.Run(0s);
  auto undo = [&](int times) {  // every 100 ms
    std::string log;
    for (int i = 0; i < times; ++i) {
      s.syncer.drifted = s.events.drift = true;
      log += s.Run(100ms);
    }
    return std::ranges::count(log, ';');
  };
  EXPECT_EQ(undo(5), 5);
  s.syncer.fought = true;
  EXPECT_EQ(undo(30), 4);  // at 0, 1, 2 and 3 s
  s.syncer.fought = false;
  s.Run(2s);
  EXPECT_FALSE(s.syncer.drifted) << "looked at again without being asked";
  EXPECT_EQ(undo(5), 5);
}

TEST(Schedule, DriftIsOnlySaidWhereThePolicyDoesNotHeal) {
  Scenario s;
  s.policy.heal = Heal::kNo;
  s.Run(0s);
  s.syncer.drifted = true;
  s.events.drift = true;
  EXPECT_EQ(s.Run(0s), "+0s check r1; ");
  EXPECT_TRUE(s.syncer.drifted);
}

TEST(Schedule, OtherRulesMakeTheSameRevisionTrueAgain) {
  Scenario s;
  s.Run(0s);
  s.memory.stale = true;
  EXPECT_EQ(s.Run(0s), "+0s apply r1; ");
  EXPECT_EQ(s.Run(0s), "");
}

TEST(Schedule, ASuspendedSyncDoesNothing) {
  Scenario s;
  s.policy.suspended = true;
  s.events = {true, true};
  EXPECT_EQ(s.Run(10h), "");
}

TEST(Schedule, NothingIsAppliedBeforeSomethingIsSeen) {
  Scenario s;
  s.syncer.origin.reset();
  EXPECT_EQ(s.Run(3s), "+0s fetch; +1s fetch; +3s fetch; ");
}

TEST(Schedule, ARestartGoesOnWhereItWas) {
  Scenario s;
  s.Run(0s);
  s.syncer.origin = "r2";
  s.memory.seen = "r2";  // killed after the fetch, before the apply
  EXPECT_EQ(s.Run(0s), "+0s apply r2; ");
}

TEST(Schedule, NothingNewIsAppliedWhileTheGateIsShutAndTheOldIsLookedAfter) {
  SyncPolicy policy{.every = 30s, .heal = Heal::kYes};
  SyncMemory memory;
  memory.seen = "r2";
  memory.applied = "r1";
  memory.next_fetch = memory.next_check = Time(1010s);
  SyncEvents none;
  EXPECT_EQ(NextStep(policy, memory, none, Time(1000s)).kind, Kind::kApply);
  SyncStep shut = NextStep(policy, memory, none, Time(1000s), Gate::kShut);
  EXPECT_EQ(shut.kind, Kind::kWait);
  EXPECT_EQ(shut.until, Time(1010s));
  SyncEvents drift{.drift = true};
  SyncStep check = NextStep(policy, memory, drift, Time(1000s), Gate::kShut);
  EXPECT_EQ(check.kind, Kind::kCheck);
  EXPECT_EQ(check.revision, "r1");
}

TEST(Loop, WaitsForTheGateAndGoesOnWhenItRings) {
  MemoryEnv env;
  env.now = Time(1000h);
  FakeSyncer syncer(env);
  syncer.gate = Gate::kShut;
  SyncBell bell;
  std::stop_source stop;
  syncer.after_step = [&] {
    if (syncer.done.size() == 1) {  // fetched
      syncer.gate = Gate::kOpen;
      bell.Gate();
    } else {
      stop.request_stop();
    }
  };
  SyncLoop loop{syncer, {.heal = Heal::kYes}, {}, bell, env, [] { return 0.0; }};
  ASSERT_TRUE(RunLoop(loop, stop.get_token()));
  EXPECT_EQ(syncer.done, (std::vector<std::string>{"fetch", "apply r1"}));
}

TEST(Backoff, DoublesUpToFiveMinutes) {
  EXPECT_EQ(Backoff(1, 0), 1s);
  EXPECT_EQ(Backoff(2, 0), 2s);
  EXPECT_EQ(Backoff(9, 0), 256s);
  EXPECT_EQ(Backoff(10, 0), 300s);
  EXPECT_EQ(Backoff(1000, 0), 300s);
  EXPECT_EQ(Backoff(1, 0.5), 1100ms);
}

TEST(Loop, RunsUntilItIsStoppedAndHearsEvents) {
  MemoryEnv env;
  env.now = Time(1000h);
  FakeSyncer syncer(env);
  SyncBell bell;
  std::stop_source stop;
  int steps = 0;
  syncer.after_step = [&] {
    ++steps;
    if (steps == 2) {  // fetched and applied
      syncer.drifted = true;
      bell.Drift();
    }
    if (steps == 3) stop.request_stop();
  };
  SyncPolicy policy{.heal = Heal::kYes};
  SyncLoop loop{syncer, policy, {}, bell, env, [] { return 0.0; }};
  auto end = RunLoop(loop, stop.get_token());
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, LoopEnd::kIdle);
  EXPECT_EQ(syncer.done, (std::vector<std::string>{"fetch", "apply r1", "check r1"}));
  EXPECT_FALSE(syncer.drifted);
  EXPECT_EQ(syncer.remembered.size(), 3u);
}

TEST(Loop, APassIsAFetchAndWhatFollows) {
  MemoryEnv env;
  env.now = Time(1000h);
  FakeSyncer syncer(env);
  SyncBell bell;
  SyncLoop loop{syncer, {.heal = Heal::kYes}, {}, bell, env, [] { return 0.0; }};
  ASSERT_TRUE(RunPass(loop, {}));
  EXPECT_EQ(syncer.done, (std::vector<std::string>{"fetch", "apply r1"}));
  syncer.done.clear();
  ASSERT_TRUE(RunPass(loop, {}));
  EXPECT_EQ(syncer.done, (std::vector<std::string>{"fetch", "check r1"}));
}

TEST(Loop, SaysThatAStepWasCutShort) {
  MemoryEnv env;
  env.now = Time(1000h);
  FakeSyncer syncer(env);
  syncer.cancel = true;
  SyncBell bell;
  SyncLoop loop{syncer, {}, {}, bell, env, [] { return 0.0; }};
  EXPECT_EQ(RunLoop(loop, {}).value(), LoopEnd::kInterrupted);
}

}  // namespace
}  // namespace opsc
