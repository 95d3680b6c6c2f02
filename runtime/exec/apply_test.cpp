#include "runtime/exec/apply.h"

#include <gtest/gtest.h>

#include "runtime/graph/testing/world.h"
#include "runtime/plan/plan.h"

namespace opsc {
namespace {

using testing::Record;
using testing::Show;

std::string Join(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  std::string all;
  for (const std::string& text : texts) all += text + "; ";
  return all;
}

struct ApplyTest : ::testing::Test {
  testing::World world;
  testing::Source& source = world.source;
  PlanOptions plan_options;
  ApplyOptions options{.parallel = 4,
                       .command = "apply",
                       .keep_going = true,
                       .retry_delay = std::chrono::milliseconds(1)};
  std::stop_source stop;

  Result<Plan> MakePlanNow() {
    world.graph = source.ToGraph();
    return MakePlan(world.InputsFor<PlanInputs>(), plan_options);
  }
  Result<ApplyResult> ApplyPlan(const Plan& plan) {
    return Apply(plan, world.InputsFor<ApplyInputs>(), options, stop.get_token());
  }
  Result<ApplyResult> PlanAndApply() {
    OPS_ASSIGN(Plan plan, MakePlanNow());
    return ApplyPlan(plan);
  }
  // "web ok; test failed: why; ": the steps, by address.
  static std::string Steps(const Result<ApplyResult>& result) {
    if (!result) return "error: " + result.error().message;
    std::vector<std::string> steps;
    for (const StepRecord& step : result->steps) {
      std::string text = step.address + " " + step.result;
      steps.push_back(step.message.empty() ? text : text + ": " + step.message);
    }
    return Join(steps);
  }
  std::string Effects() { return Join(std::exchange(world.things->effects, {})); }
  std::string Text() { return Show(MakePlanNow()); }
};

TEST_F(ApplyTest, MakesThingsAndThenHasNothingToDo) {
  source.Thing("web").Ref("image", "build", "out").Ref("db", "db", "id");
  source.Thing("db").Set("size", 3).Secret("key", "hunter2");
  source.Task("build").Set("emit", "v1");
  auto result = PlanAndApply();
  EXPECT_EQ(Steps(result), "build ok; db ok; web ok; ");
  EXPECT_EQ(Effects(), "create db; create web; ");
  EXPECT_EQ(result->created, 2);
  EXPECT_EQ(result->ran, 1);
  EXPECT_EQ(*world.journal.state["web"].fields.Find("image"), Value::String("v1"));
  EXPECT_EQ(world.journal.state["web"].depends_on, (std::vector<std::string>{"build", "db"}));
  EXPECT_EQ(world.journal.last_outcome, RunOutcome::kOk);
  EXPECT_EQ(world.journal.last_summary, "1 ran, 2 created");
  EXPECT_EQ(*world.things->there["db"].Find("key"), Value::String("hunter2"));
  EXPECT_NE(*world.journal.state["db"].fields.Find("key"), Value::String("hunter2"));
  EXPECT_EQ(Text(), "");
  EXPECT_EQ(Steps(PlanAndApply()), "build cached; ");
  EXPECT_EQ(Effects(), "");
  EXPECT_TRUE(world.tasks.materialized.contains("build"));
}

TEST_F(ApplyTest, EachActionOfAResource) {
  for (const char* name : {"keep", "grow", "paint", "drop", "leave", "first"}) {
    source.Thing(name).Set("size", 1).Set("color", "red");
  }
  ASSERT_TRUE(PlanAndApply());
  Effects();
  source["grow"].Set("size", 2);
  source["paint"].Set("color", "blue");
  source["first"].Set("color", "blue").Set("name", "first2").meta().create_first = true;
  source.Drop("drop");
  source.Drop("leave");
  source.removed = {"leave"};
  auto result = PlanAndApply();
  EXPECT_EQ(Steps(result), "drop ok; first ok; grow ok; leave ok; paint ok; ");
  EXPECT_EQ(Effects(),
            "create first2; create paint; delete drop; delete first; delete paint; update grow; ");
  EXPECT_EQ(result->replaced, 2);
  EXPECT_EQ(result->updated, 1);
  EXPECT_EQ(result->destroyed, 1);
  EXPECT_EQ(result->forgotten, 1);
  EXPECT_TRUE(world.things->there.contains("leave"));
  EXPECT_TRUE(world.journal.open.empty());
  EXPECT_EQ(Text(), "");
}

TEST_F(ApplyTest, CreateFirstMakesTheNewOneBeforeTheOldGoes) {
  source.Thing("a").Set("color", "red");
  ASSERT_TRUE(PlanAndApply());
  Effects();
  source["a"].Set("color", "blue").Set("name", "a2").meta().create_first = true;
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.things->effects, (std::vector<std::string>{"create a2", "delete a"}));
}

TEST_F(ApplyTest, AdoptsWhatIsThere) {
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(1)}});
  source.Thing("a").Set("size", 1);
  auto result = PlanAndApply();
  EXPECT_EQ(result->adopted, 1);
  EXPECT_TRUE(world.journal.state.contains("a"));
  EXPECT_EQ(Text(), "");
}

TEST_F(ApplyTest, RepairsDrift) {
  source.Thing("a").Set("size", 1);
  source.Thing("b");
  ASSERT_TRUE(PlanAndApply());
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(9)}});
  world.things->there.erase("b");
  Effects();
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(Effects(), "create b; update a; ");
  EXPECT_EQ(Text(), "");
}

TEST_F(ApplyTest, LeavesIgnoredFieldsToOthers) {
  source.Thing("a").Set("size", 1).Set("replicas", 1).meta().ignore = {"replicas"};
  ASSERT_TRUE(PlanAndApply());
  world.things->there["a"] =
      Record({{"name", Value::String("a")}, {"size", Value::Int(1)}, {"replicas", Value::Int(7)}});
  EXPECT_EQ(Text(), "");
  source["a"].Set("size", 2);
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(*world.things->there["a"].Find("replicas"), Value::Int(7));
  EXPECT_EQ(*world.things->there["a"].Find("size"), Value::Int(2));
}

TEST_F(ApplyTest, MovesRecordsWithoutTouchingTheWorld) {
  source.Thing("old");
  source.Thing("user").After("old");
  ASSERT_TRUE(PlanAndApply());
  Effects();
  source.Drop("old");
  source.Thing("new").Set("name", "old");
  source.Thing("user").After("new");
  source.moves = {{"old", "new"}};
  auto result = PlanAndApply();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->moved, 1);
  EXPECT_EQ(Effects(), "");
  EXPECT_FALSE(world.journal.state.contains("old"));
  EXPECT_EQ(world.journal.state["user"].depends_on, std::vector<std::string>{"new"});
  EXPECT_EQ(Text(), "");
}

TEST_F(ApplyTest, ProtectIsRecorded) {
  source.Thing("a");
  ASSERT_TRUE(PlanAndApply());
  source["a"].meta().protect = true;
  ASSERT_TRUE(PlanAndApply());
  EXPECT_TRUE(world.journal.state["a"].protect);
  EXPECT_EQ(Effects(), "create a; ");
}

TEST_F(ApplyTest, DeletesInReverseOrder) {
  source.Thing("a");
  source.Thing("b").Ref("x", "a", "id");
  source.Thing("c").Ref("x", "b", "id");
  ASSERT_TRUE(PlanAndApply());
  Effects();
  plan_options.destroy = true;
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.things->effects, (std::vector<std::string>{"delete c", "delete b", "delete a"}));
  EXPECT_TRUE(world.journal.state.empty());
}

TEST_F(ApplyTest, ADeletionWaitsForWhatStillUsesIt) {
  source.Thing("old");
  source.Thing("user").Ref("x", "old", "id");
  ASSERT_TRUE(PlanAndApply());
  Effects();
  source.Drop("old");
  source.Thing("user").Set("x", "none");
  world.things->failing["user"] = 1;
  EXPECT_EQ(Steps(PlanAndApply()), "old skipped: `user` failed; user failed: it says no; ");
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.things->effects, (std::vector<std::string>{"update user", "delete old"}));
}

TEST_F(ApplyTest, EarlyCutoffLeavesEverythingBehindAlone) {
  world.tasks.files["src"] = "1";
  source.Task("build").Set("reads", "src").Set("emit", "same");
  source.Task("test").Ref("input", "build", "out");
  source.Thing("web").Ref("image", "build", "out").Ref("report", "test", "out");
  ASSERT_TRUE(PlanAndApply());
  Effects();
  world.tasks.files["src"] = "2";
  EXPECT_EQ(Text(), "run build; run test; update web; ");
  auto result = PlanAndApply();
  EXPECT_EQ(Steps(result), "build ok; test cached; web ok; ");
  EXPECT_EQ(result->ran, 1);
  EXPECT_EQ(result->unchanged, 1);
  EXPECT_EQ(Effects(), "");
}

TEST_F(ApplyTest, AFailureStopsOnlyWhatDependsOnIt) {
  source.Task("bad").Set("fail", 9);
  source.Task("after_bad").Ref("x", "bad", "out");
  source.Thing("web").Ref("x", "after_bad", "out");
  source.Thing("only_after").After("bad");
  source.Thing("other");
  auto result = PlanAndApply();
  EXPECT_EQ(Steps(result),
            "after_bad skipped: `bad` failed; bad failed: exit code 1; only_after skipped: `bad` "
            "failed; other ok; web skipped: `after_bad` was skipped; ");
  EXPECT_FALSE(result->ok());
  EXPECT_EQ(result->failed, 1);
  EXPECT_EQ(result->skipped, 3);
  EXPECT_EQ(world.journal.last_outcome, RunOutcome::kFailed);
  EXPECT_EQ(world.log.Count(Event::Type::kSkipped), 3);
}

TEST_F(ApplyTest, StopsAtTheFirstFailureWhenAsked) {
  options.keep_going = false;
  source.Task("bad").Set("fail", 9);
  source.Thing("needs_bad").Ref("x", "bad", "out");
  source.Thing("web").After("slow");
  source.Task("slow").Set("sleep_ms", 200);
  auto result = PlanAndApply();
  EXPECT_EQ(result->failed, 1);
  EXPECT_GE(result->skipped, 1);
  EXPECT_EQ(Effects(), "");
}

TEST_F(ApplyTest, ADependentThatTakesTheResultRunsAfterAFailure) {
  plan_options.scope = PlanOptions::Scope::kRequested;
  plan_options.targets = {"report"};
  source.Task("bad").Set("fail", 9);
  source.Task("skipped").Ref("x", "bad", "out");
  source.Act("report").ResultOf("how", "bad").ResultOf("and", "skipped");
  auto result = PlanAndApply();
  EXPECT_EQ(Steps(result), "bad failed: exit code 1; report ok; skipped skipped: `bad` failed; ");
}

TEST_F(ApplyTest, TakingAlsoAnOutputOfAFailedOneIsSkipped) {
  source.Task("bad").Set("fail", 9);
  source.Thing("report").ResultOf("how", "bad").Ref("x", "bad", "out");
  EXPECT_EQ(Steps(PlanAndApply()), "bad failed: exit code 1; report skipped: `bad` failed; ");
}

TEST_F(ApplyTest, RetriesWithTheSameToken) {
  plan_options.scope = PlanOptions::Scope::kRequested;
  plan_options.targets = {"flaky", "effect", "web"};
  source.Task("flaky").Set("fail", 2).meta().retries = 2;
  source.Act("effect").Set("fail", 1).meta().retries = 1;
  source.Thing("web").meta().retries = 3;
  world.things->failing["web"] = 3;
  EXPECT_EQ(Steps(PlanAndApply()), "effect ok; flaky ok; web ok; ");
  ASSERT_EQ(world.tasks.ran.size(), 5u);
  std::vector<std::string> effects;
  for (auto& run : world.tasks.ran) {
    if (run.starts_with("effect")) effects.push_back(run);
  }
  EXPECT_EQ(effects[0], effects[1]);
  EXPECT_EQ(Effects(), "create web; ");
}

TEST_F(ApplyTest, TimeoutsEndANode) {
  source.Task("slow").Set("sleep_ms", 5000).meta().timeout_ns = 20'000'000;
  source.Thing("web").Ref("x", "slow", "out");
  EXPECT_EQ(Steps(PlanAndApply()),
            "slow failed: took longer than its timeout of 20ms; web skipped: `slow` failed; ");
}

TEST_F(ApplyTest, CancellingStopsWhatRunsAndStartsNothing) {
  for (int i = 0; i < 8; ++i) {
    std::string name = "slow" + std::to_string(i);
    source.Task(name).Set("sleep_ms", 5000).Set("i", i);
    source.Thing("web" + std::to_string(i)).Ref("x", name, "out");
  }
  source.Thing("also_slow");
  world.things->call_ms = 5000;
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  auto result = PlanAndApply();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->cancelled, 17);
  EXPECT_EQ(world.journal.last_outcome, RunOutcome::kCancelled);
  EXPECT_TRUE(world.journal.open.empty());
  EXPECT_EQ(world.journal.state.size(), 0u);
  world.things->call_ms = 0;
  for (int i = 0; i < 8; ++i) source["slow" + std::to_string(i)].Set("sleep_ms", 0);
  stop = {};
  EXPECT_TRUE(PlanAndApply()->ok());
}

TEST_F(ApplyTest, TasksShareTheProcessors) {
  options.parallel = 3;
  for (int i = 0; i < 12; ++i) {
    source.Task("t" + std::to_string(i)).Set("sleep_ms", 5).Set("i", i);
    source.Thing("w" + std::to_string(i)).Ref("x", "t" + std::to_string(i), "out");
  }
  ASSERT_TRUE(PlanAndApply()->ok());
  EXPECT_LE(world.tasks.most_running, 3);
  EXPECT_GE(world.tasks.most_running, 2);
}

TEST_F(ApplyTest, ABigTaskRunsAlone) {
  options.parallel = 2;
  for (int i = 0; i < 6; ++i) {
    source.Task("t" + std::to_string(i))
        .Set("sleep_ms", 3)
        .Set("i", i)
        .Set("limits", Record({{"cpu", Value::Float(99)}}));
    source.Thing("w" + std::to_string(i)).Ref("x", "t" + std::to_string(i), "out");
  }
  ASSERT_TRUE(PlanAndApply()->ok());
  EXPECT_EQ(world.tasks.most_running, 1);
}

TEST_F(ApplyTest, StalePlansAreRefusedBeforeAnythingIsDone) {
  source.Thing("a").Set("size", 1);
  source.Task("build").Set("reads", "src");
  source.Thing("b").Ref("x", "build", "out");
  world.tasks.files["src"] = "1";
  auto made = MakePlanNow();
  ASSERT_TRUE(made) << made.error().message;
  auto plan = DecodePlan(EncodePlan(*made));
  ASSERT_TRUE(plan);
  auto why = [&] {
    auto result = ApplyPlan(*plan);
    EXPECT_TRUE(result || result.error().kind == ErrorKind::kConflict);
    return result ? "applied" : result.error().message;
  };
  world.graph.sources["main.ops"] = Sha256("2");
  EXPECT_EQ(why(), "the plan is stale: source `main.ops` has changed");
  world.graph = source.ToGraph();
  world.graph.sources["new.ops"] = Sha256("2");
  EXPECT_EQ(why(), "the plan is stale: source `new.ops` is new");
  world.graph = source.ToGraph();
  world.tasks.files["src"] = "2";
  EXPECT_EQ(why(), "the plan is stale: inputs of `build` have changed");
  world.tasks.files["src"] = "1";
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(5)}});
  EXPECT_EQ(why(), "the plan is stale: `a` is no longer as it was when planning");
  world.things->there.clear();
  source["a"].Set("size", 2);
  world.graph = source.ToGraph();
  EXPECT_EQ(why(), "the plan is stale: `size` of `a` has another value");
  source["a"].Set("size", 1);
  world.graph = source.ToGraph();
  plan->state_serial = 99;
  EXPECT_EQ(why(), "the plan is stale: the state is at 1, the plan was made at 99");
  plan->state_serial = 1;
  EXPECT_EQ(Effects(), "");
  EXPECT_EQ(world.journal.writes(), 0);
  EXPECT_EQ(why(), "applied");
  EXPECT_EQ(Effects(), "create a; create b; ");
  EXPECT_EQ(why(), "the plan is stale: the state is at 3, the plan was made at 1");
}

TEST_F(ApplyTest, ADeniedPlanIsNotApplied) {
  source.Thing("a");
  GraphCheck check;
  check.address = "pinned";
  check.failed = true;
  source.checks = {check};
  auto result = PlanAndApply();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(Effects(), "");
}

TEST_F(ApplyTest, WhatStandsInTheWayOfALateNameIsNotOverwritten) {
  source.Task("namer").Set("emit", "taken");
  source.Thing("a").Ref("name", "namer", "out").Set("size", 1);
  world.things->there["taken"] =
      Record({{"name", Value::String("taken")}, {"size", Value::Int(5)}});
  auto result = PlanAndApply();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->failed, 1);
  EXPECT_EQ(Effects(), "");
}

TEST_F(ApplyTest, AHalfDoneEffectIsReplacedNextTime) {
  source.Thing("a");
  world.things->failing["a"] = 1;
  world.things->half_done = true;
  EXPECT_EQ(Steps(PlanAndApply()), "a failed: it says no; ");
  EXPECT_TRUE(world.journal.state["a"].tainted);
  world.things->half_done = false;
  EXPECT_EQ(Text(), "replace a; ");
  EXPECT_EQ(Steps(PlanAndApply()), "a ok; ");
  EXPECT_FALSE(world.journal.state["a"].tainted);
}

TEST_F(ApplyTest, LostOutputsAreMadeAgain) {
  source.Task("build").Set("emit", "v1");
  source.Thing("web").Ref("x", "build", "out");
  ASSERT_TRUE(PlanAndApply());
  world.tasks.ran.clear();
  world.tasks.lost_outputs = true;
  EXPECT_EQ(Steps(PlanAndApply()), "build ok; ");
  EXPECT_EQ(world.tasks.ran, std::vector<std::string>{"build"});
}

TEST_F(ApplyTest, AnInterruptedActionRunsAgainWithItsToken) {
  plan_options.targets = {"deploy"};
  source.Act("deploy");
  world.journal.LosePowerAt(3, testing::MemoryJournal::Power::kBeforeWrite);  // its Complete
  ASSERT_FALSE(PlanAndApply());
  world.journal.Restart();
  ASSERT_TRUE(RecoverOpenIntents(world.InputsFor<ApplyInputs>()));
  EXPECT_TRUE(world.journal.open.empty());
  ASSERT_TRUE(PlanAndApply());
  ASSERT_EQ(world.tasks.ran.size(), 2u);
  EXPECT_EQ(world.tasks.ran[0], world.tasks.ran[1]);
  EXPECT_TRUE(world.journal.state.empty());
  ASSERT_TRUE(PlanAndApply());
  EXPECT_NE(world.tasks.ran[1], world.tasks.ran[2]);
}

TEST_F(ApplyTest, ACachedRunWritesNoStepsAndALivelyOneWritesAll) {
  plan_options.scope = PlanOptions::Scope::kRequested;
  plan_options.targets = {"a", "b"};
  source.Task("a");
  source.Task("b").Set("emit", "1");
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.journal.steps.size(), 2u);
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.journal.steps.size(), 2u);
  EXPECT_EQ(world.journal.last_summary, "2 cached");
  source["b"].Set("emit", "2");
  ASSERT_TRUE(PlanAndApply());
  EXPECT_EQ(world.journal.steps.size(), 4u);
}

TEST_F(ApplyTest, TenThousandThings) {
  for (int i = 0; i < 10'000; ++i) {
    auto& thing = source.Thing("n[" + std::to_string(i) + "]");
    if (i >= 100) thing.Ref("x", "n[" + std::to_string(i - 100) + "]", "id");
  }
  auto result = PlanAndApply();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->created, 10'000);
  EXPECT_EQ(Text(), "");
}

}  // namespace
}  // namespace opsc
