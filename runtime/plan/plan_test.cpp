#include "runtime/plan/plan.h"

#include <gtest/gtest.h>

#include "runtime/graph/testing/world.h"

namespace opsc {
namespace {

using testing::Record;
using testing::Show;

// A world and a planner for it; `Recorded` puts a thing into the state and into the world.
struct PlanTest : ::testing::Test {
  testing::World world;
  PlanOptions options;
  testing::Source& source = world.source;

  Result<Plan> Make() {
    world.graph = source.ToGraph();
    return MakePlan(world.InputsFor<PlanInputs>(), options);
  }
  std::string Text() { return Show(Make(), true); }
  std::string Run(std::vector<std::string> targets) {
    options.scope = PlanOptions::Scope::kRequested;
    options.targets = std::move(targets);
    return Text();
  }
  void Recorded(const std::string& address, std::vector<std::pair<const char*, Value>> more = {},
                std::vector<std::string> depends_on = {}) {
    std::vector<std::pair<const char*, Value>> fields = {{"name", Value::String(address)}};
    fields.insert(fields.end(), more.begin(), more.end());
    StateEntry entry;
    entry.address = address;
    entry.type = "thing";
    entry.fields = Record(fields);
    entry.outs = Record({{"id", Value::String("id-" + address)}, {"size", Value::Int(0)}});
    entry.depends_on = std::move(depends_on);
    world.things->there[address] = entry.fields;
    world.journal.state[address] = entry;
  }
  // As if the task had run before.
  void Known(const std::string& address, Value out) {
    TaskSpec spec;
    spec.address = address;
    spec.fields = source[address].Fields({});
    world.tasks.results[world.tasks.Key(spec)->digest] = Record({{"out", std::move(out)}});
  }
};

TEST_F(PlanTest, NewThingsAreCreatedInOrder) {
  source.Thing("web").Ref("image", "db", "id");
  source.Thing("db");
  EXPECT_EQ(Text(), "create db (new); create web (new, waits for db); ");
}

TEST_F(PlanTest, NothingToDo) {
  Recorded("db");
  Recorded("web", {{"image", Value::String("id-db")}});
  source.Thing("web").Ref("image", "db", "id");
  source.Thing("db");
  auto plan = Make();
  EXPECT_EQ(Show(plan), "");
  EXPECT_TRUE(plan->Summary().empty());
  EXPECT_EQ(plan->Summary().up_to_date, 2);
}

TEST_F(PlanTest, ChangedFieldsUpdateOrReplace) {
  Recorded("a", {{"size", Value::Int(1)}});
  Recorded("b", {{"color", Value::String("red")}});
  source.Thing("a").Set("size", 2);
  source.Thing("b").Set("color", "blue");
  EXPECT_EQ(Text(), "update a (size changed); replace b (color changed); ");
  source["a"].meta().replace_when = {"size"};
  source["b"].meta().ignore = {"color"};
  EXPECT_EQ(Text(), "replace a (size changed); ");
}

TEST_F(PlanTest, ImmutableFieldsReplaceWithThatReason) {
  Recorded("a", {{"size", Value::Int(1)}, {"color", Value::String("red")}});
  source.Thing("a").Set("size", 2).Set("color", "red");
  source["a"].meta().replace_when = {"@size"};
  EXPECT_EQ(Text(), "replace a (immutable field size changed); ");
  source["a"].meta().protect = true;
  auto plan = Make();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kDenied);
  EXPECT_NE(plan.error().message.find("replaced: immutable field size changed"), std::string::npos)
      << plan.error().message;
}

TEST_F(PlanTest, AnImmutableFieldThatTheSourceLeavesOutStaysAsItIs) {
  Recorded("a", {{"size", Value::Int(1)}});
  source.Thing("a");
  source["a"].meta().replace_when = {"@size"};
  EXPECT_EQ(Text(), "update a (size changed); ");
}

TEST_F(PlanTest, DriftIsRepairedAndTold) {
  Recorded("a", {{"size", Value::Int(1)}});
  Recorded("b");
  source.Thing("a").Set("size", 1);
  source.Thing("b");
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(7)}});
  world.things->there.erase("b");
  EXPECT_EQ(Text(), "update a (drift: size); create b (drift: it is gone); ");
  auto plan = Make();
  ASSERT_EQ(plan->drift.size(), 2u);
  EXPECT_EQ(plan->drift[0].diff[0].path, "size");
  EXPECT_EQ(plan->changes[0].diff[0].before, Value::Int(7));
  EXPECT_TRUE(plan->drift[1].gone);
  options.refresh = false;
  EXPECT_EQ(Text(), "");
}

TEST_F(PlanTest, DriftToWhatIsNowWantedIsAdopted) {
  Recorded("a", {{"size", Value::Int(1)}});
  source.Thing("a").Set("size", 7);
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(7)}});
  EXPECT_EQ(Text(), "adopt a (size changed); ");
}

TEST_F(PlanTest, WhatExistsIsAdoptedOrRefused) {
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(1)}});
  source.Thing("a").Set("size", 1);
  EXPECT_EQ(Text(), "adopt a (new); ");
  source["a"].Set("size", 2);
  auto plan = Make();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(plan.error().message,
            "`a`: this thing exists already, was not made by opsc, and differs in: size (1)");
}

TEST_F(PlanTest, SecretsAreComparedAndNeverShown) {
  source.Thing("a").Secret("key", "hunter2");
  auto plan = Make();
  ASSERT_TRUE(plan);
  std::string document = EncodePlan(*plan);
  EXPECT_EQ(document.find("hunter2"), std::string::npos);
  Recorded("a");
  world.journal.state["a"].fields = plan->changes[0].after;
  EXPECT_EQ(Text(), "");
  source["a"].Secret("key", "hunter3");
  EXPECT_EQ(Text(), "update a (key changed); ");
}

TEST_F(PlanTest, RemovedFromTheSource) {
  Recorded("a");
  Recorded("b", {}, {"a"});
  Recorded("c", {}, {"b"});
  EXPECT_EQ(Text(),
            "delete c (no longer in the source); delete b (no longer in the source); "
            "delete a (no longer in the source); ");
  auto plan = Make();
  EXPECT_EQ(plan->changes[2].depends_on, std::vector<std::string>{"b"});
  source.removed = {"b"};
  EXPECT_EQ(Text(),
            "delete c (no longer in the source); forget b (no longer in the source); "
            "delete a (no longer in the source); ");
  world.things->there.erase("a");
  source.removed = {};
  EXPECT_EQ(Show(Make()), "delete c; delete b; forget a; ");
}

TEST_F(PlanTest, MovedKeepsWhatThereIs) {
  Recorded("old");
  source.Thing("new").Set("name", "old");
  EXPECT_EQ(Show(Make()),
            "error: `new` is what `old` was until now, and deleting that would take it away");
  source.moves = {{"old", "new"}};
  auto plan = Make();
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->changes.size(), 1u);
  EXPECT_EQ(plan->changes[0].action, Action::kNoop);
  EXPECT_EQ(plan->changes[0].moved_from, "old");
  EXPECT_FALSE(plan->Summary().empty());
  source.moves = {{"old", "nowhere"}};
  EXPECT_EQ(Show(Make()), "error: `moved old to nowhere`: `nowhere` is not in the source");
  source.moves = {{"old", "new"}};
  source.Thing("old");
  EXPECT_EQ(Show(Make()), "error: `moved old to new`: `old` is still in the source");
}

TEST_F(PlanTest, MovedTakesWholeComponentsAndFollowsDependents) {
  Recorded("web/a");
  Recorded("web/b[\"x\"]", {}, {"web/a"});
  Recorded("website");
  source.Thing("shop/a").Set("name", "web/a");
  source.Thing("shop/b[\"x\"]").Set("name", "web/b[\"x\"]");
  source.Thing("website");
  source.moves = {{"web", "app"}, {"app", "shop"}};
  auto plan = Make();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->Summary().move, 2);
  EXPECT_EQ(plan->changes[0].moved_from, "web/a");
}

TEST_F(PlanTest, ProtectedIsNeitherDeletedNorReplaced) {
  Recorded("a", {{"color", Value::String("red")}});
  source.Thing("a").Set("color", "blue").meta().protect = true;
  auto plan = Make();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(plan.error().message, "`a` is protected and would be replaced");
  source["a"].Set("color", "red");
  EXPECT_EQ(Text(), "adopt a (protect changed); ");
  world.journal.state["a"].protect = true;
  EXPECT_EQ(Text(), "");
  options.destroy = true;
  EXPECT_EQ(Text(), "error: `a` is protected and would be deleted");
  options.destroy = false;
  source.Drop("a");
  EXPECT_EQ(Text(), "error: `a` is protected and would be deleted");
}

TEST_F(PlanTest, TaintedAndRequestedAreReplaced) {
  Recorded("a");
  Recorded("b");
  source.Thing("a");
  source.Thing("b");
  world.journal.state["a"].tainted = true;
  options.replace = {"b"};
  EXPECT_EQ(Text(), "replace a (an earlier apply did not finish); replace b (requested); ");
  options.replace = {"bb"};
  EXPECT_EQ(Text(), "error: there is no `bb`");
}

TEST_F(PlanTest, TasksAreCachedByKeyAndLetTheirOutsFlow) {
  source.Task("build").Set("emit", "v1");
  source.Thing("web").Ref("image", "build", "out");
  EXPECT_EQ(Text(), "run build (never ran); create web (new, waits for build); ");
  Known("build", Value::String("v1"));
  auto plan = Make();
  EXPECT_EQ(Show(plan, true), "create web (new); ");
  EXPECT_EQ(*plan->changes[1].after.Find("image"), Value::String("v1"));
  EXPECT_FALSE(plan->changes[0].key.empty());
  Recorded("web", {{"image", Value::String("v1")}});
  EXPECT_EQ(Text(), "");
}

TEST_F(PlanTest, PendingFieldsCountAsAChange) {
  Recorded("web", {{"image", Value::String("v1")}});
  source.Task("build").Set("emit", "v2");
  source.Thing("web").Ref("image", "build", "out");
  EXPECT_EQ(Text(), "run build (never ran); update web (waits for build); ");
  auto plan = Make();
  EXPECT_TRUE(plan->changes[1].diff[0].pending);
}

TEST_F(PlanTest, ScopeOfPlanAndOfRun) {
  source.Task("build");
  source.Task("lint");
  source.Act("smoke").Ref("url", "web", "id");
  source.Thing("web").Ref("image", "build", "out");
  source.Add("release", "pipeline").After("smoke").After("lint");
  EXPECT_EQ(Show(Make()), "run build; create web; ");
  EXPECT_EQ(Run({"release"}),
            "run build (never ran); run lint (never ran); create web (new, waits for build); "
            "run smoke (an effect: runs each time, waits for web); ");
  EXPECT_EQ(Run({"lint"}), "run lint (never ran); ");
  EXPECT_EQ(Run({}), "error: nothing was named to be run");
  Known("lint", Value::Null());
  EXPECT_EQ(Run({"lint"}), "");
  options.force = true;
  EXPECT_EQ(Run({"lint"}), "run lint (requested); ");
}

TEST_F(PlanTest, TargetsMeanFamiliesAndComponents) {
  for (const char* address :
       {"test[\"unit\"]", "test[\"http\"]", "web/a", "web/b", "webs", "n[1]"}) {
    source.Thing(address);
  }
  options.targets = {"test"};
  EXPECT_EQ(Show(Make()), "create test[\"unit\"]; create test[\"http\"]; ");
  options.targets = {"web", "test.unit"};
  EXPECT_EQ(Show(Make()), "create test[\"unit\"]; create web/a; create web/b; ");
  options.targets = {"n.1"};
  EXPECT_EQ(Show(Make()), "create n[1]; ");
  options.targets = {"wib/a"};
  auto plan = Make();
  EXPECT_EQ(plan.error().message, "there is no `wib/a`");
  EXPECT_EQ(plan.error().hint, "did you mean `web/a`?");
}

TEST_F(PlanTest, ExcludesTakeDependentsAlongAndSaySo) {
  source.Thing("a");
  source.Task("only_for_b");
  source.Thing("b").Ref("x", "a", "id").Ref("y", "only_for_b", "out");
  source.Thing("c");
  options.excludes = {"a"};
  auto plan = Make();
  EXPECT_EQ(Show(plan), "create c; ");
  EXPECT_EQ(plan->notes,
            std::vector<std::string>{"`b` is left out: it needs `a`, which is excluded"});
}

TEST_F(PlanTest, ExcludedThingsKeepWhatTheyStandOn) {
  Recorded("ground");
  Recorded("a", {}, {"ground"});
  source.Thing("a");
  options.excludes = {"a"};
  auto plan = Make();
  EXPECT_EQ(Show(plan), "");
  EXPECT_EQ(plan->notes,
            std::vector<std::string>{"`ground` is kept: `a`, which is left out, was made with it"});
}

TEST_F(PlanTest, DestroyGoesBackwards) {
  Recorded("a");
  Recorded("b", {}, {"a"});
  Recorded("c", {}, {"a"});
  source.Thing("a");
  options.destroy = true;
  EXPECT_EQ(Show(Make()), "delete b; delete c; delete a; ");
  options.targets = {"b"};
  EXPECT_EQ(Show(Make()), "delete b; ");
  options.targets = {"a"};
  EXPECT_EQ(Show(Make()), "delete b; delete c; delete a; ");
  options.excludes = {"c"};
  auto plan = Make();
  EXPECT_EQ(Show(plan), "delete b; ");
  EXPECT_EQ(plan->notes.size(), 1u);
}

TEST_F(PlanTest, AllProblemsAreReported) {
  source.Add("cluster", "k8s.Deployment");
  source.Task("build").Set("reads", "gone.c");
  source.Thing("web").Ref("image", "build", "out");
  EXPECT_EQ(Show(Make()),
            "error: `cluster`: this opsc cannot make a `k8s.Deployment` real yet\n"
            "`build`: input `gone.c` is missing");
  EXPECT_EQ(Make().error().hint, "leave it out with --exclude 'cluster'");
}

TEST_F(PlanTest, CyclesAreNamed) {
  source.Thing("a").Ref("x", "b", "id");
  source.Thing("b").Ref("x", "a", "id");
  EXPECT_EQ(Show(Make()), "error: these need each other: a → b → a");
}

TEST_F(PlanTest, AnUnknownOutcomeOfAnActionIsTold) {
  source.Act("deploy");
  StateEntry entry;
  entry.address = "deploy";
  entry.type = "action";
  entry.tainted = true;
  world.journal.state["deploy"] = entry;
  options.targets = {"deploy"};
  EXPECT_EQ(Text(), "run deploy (an earlier apply did not finish, an effect: runs each time); ");
  source.Drop("deploy");
  options.targets = {};
  EXPECT_EQ(Text(), "forget deploy (no longer in the source); ");
}

TEST_F(PlanTest, AnEmptiedSourceIsRefusedWhereNobodyLooks) {
  Recorded("a", {}, {});
  Recorded("b", {}, {});
  EXPECT_EQ(Make()->Summary().destroy, 2);
  options.refuse_empty = true;
  EXPECT_EQ(Show(Make()),
            "error: the source has no resources any more, and all 2 that are recorded would be "
            "deleted");
  source.Thing("a");
  EXPECT_EQ(Make()->Summary().destroy, 1);
}

TEST_F(PlanTest, WhatAKindForeseesIsWhatThePlanShows) {
  Recorded("a", {{"size", Value::Int(1)}});
  source.Thing("a").Set("size", Value::Int(2));
  world.things->preview = [](const ApplyRequest& request) {
    EXPECT_TRUE(request.prior);
    return Forecast{.known = true,
                    .before = Record({{"size", Value::Int(1)}}),
                    .after = Record({{"size", Value::Int(2)}, {"limit", Value::Int(9)}}),
                    .remarks = {"takes back `size` from `bob`"}};
  };
  auto plan = Make();
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->changes[0].diff.size(), 2u);
  EXPECT_EQ(plan->changes[0].diff[1].path, "limit");
  EXPECT_EQ(plan->notes, std::vector<std::string>{"`a` takes back `size` from `bob`"});
  world.things->preview = [](const ApplyRequest&) -> Result<Forecast> {
    return Fail(ErrorKind::kConflict, "`size` belongs to `bob`");
  };
  EXPECT_EQ(Show(Make()), "error: `a`: `size` belongs to `bob`");
}

TEST_F(PlanTest, WhatIsMissingMayBeMadeByThePlanItself) {
  source.Thing("space");
  source.Thing("a").After("space");
  source.Thing("b").After("space");
  world.things->preview = [](const ApplyRequest& request) {
    Forecast forecast;
    if (request.address != "space") forecast.missing = "there is no space";
    return forecast;
  };
  auto plan = Make();
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->notes,
            std::vector<std::string>{
                "2 changes are checked by type only: there is no space, which this plan makes"});
  Recorded("space");
  EXPECT_EQ(Show(Make()), "error: `a`, `b`: there is no space");
}

TEST_F(PlanTest, WhereNobodyLooksOneOfAllThatAreAlikeIsAskedAbout) {
  for (const char* name : {"a", "b", "c"}) source.Thing(name);
  Recorded("c", {{"size", Value::Int(1)}});
  source.Thing("d").Set("size", Value::Int(2));
  std::atomic<int> asked = 0;
  world.things->preview = [&](const ApplyRequest&) {
    ++asked;
    return Result<Forecast>(Fail(ErrorKind::kInput, "no"));
  };
  options.forecasts = PlanOptions::Forecasts::kOneOfAlike;
  EXPECT_FALSE(Make());
  EXPECT_EQ(asked.exchange(0), 4) << "nothing is alike";
  world.things->likeness = "a thing";
  EXPECT_EQ(Show(Make()), "error: `a`, `c`: no") << "what is changed is always asked about";
  EXPECT_EQ(asked.exchange(0), 2);
  options.forecasts = PlanOptions::Forecasts::kAll;
  EXPECT_FALSE(Make());
  EXPECT_EQ(asked, 4);
}

TEST_F(PlanTest, WhatIsSharedIsChangedAndNotRefused) {
  world.things->there["a"] = Record({{"name", Value::String("a")}, {"size", Value::Int(1)}});
  source.Thing("a").Set("size", Value::Int(2));
  EXPECT_FALSE(Make());
  world.things->shared = true;
  EXPECT_EQ(Text(), "update a (is there already, not made by opsc); ");
}

TEST_F(PlanTest, WhatIsHalfDoneIsMendedWhereTheKindCan) {
  Recorded("a");
  world.journal.state["a"].tainted = true;
  source.Thing("a");
  EXPECT_EQ(Text(), "replace a (an earlier apply did not finish); ");
  world.things->mends = true;
  EXPECT_EQ(Text(), "update a (an earlier apply did not finish); ");
}

TEST_F(PlanTest, FunctionsAreRefused) {
  source.Thing("a").Set("f", Value::Function(std::make_shared<int>(1)));
  EXPECT_EQ(Show(Make()), "error: `a`: a function cannot be recorded in the state");
}

TEST_F(PlanTest, ExpectedDurationsComeFromHistory) {
  source.Thing("a");
  world.journal.durations["a"] = 42;
  EXPECT_EQ(Make()->changes[0].expected_ns, 42);
}

// Linear: ten times the nodes may cost ten times the time, with room for noise.
TEST_F(PlanTest, AHundredThousandNodes) {
  auto seconds = [&](int count) {
    source.Clear();
    world.journal.state.clear();
    world.things->there.clear();
    for (int i = 0; i < count; ++i) {
      std::string address = "n[" + std::to_string(i) + "]";
      Recorded(address, {}, {});
      auto& thing = source.Thing(address);
      if (i >= 10) thing.After("n[" + std::to_string(i - 10) + "]");
    }
    world.graph = source.ToGraph();
    auto start = std::chrono::steady_clock::now();
    auto plan = MakePlan(world.InputsFor<PlanInputs>(), options);
    EXPECT_EQ(Show(plan), "");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double small = seconds(10'000);
  EXPECT_LT(seconds(100'000), std::max(small, 0.05) * 40);
}

}  // namespace
}  // namespace opsc
