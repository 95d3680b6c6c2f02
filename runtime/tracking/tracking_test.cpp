#include <gtest/gtest.h>

#include <cmath>

#include "runtime/tracking/replay.h"
#include "runtime/tracking/run_content.h"
#include "runtime/tracking/spool_tracker.h"
#include "runtime/tracking/testing/fake_mlflow.h"

namespace opsc {
namespace {

using testing::FakeMlflow;

const std::string kDir = "/p/.ops/tracking";

ModelCard CardOf(const std::string& name, size_t rounds) {
  auto features = std::make_shared<RowSchema>();
  features->name = "F";
  for (const char* field : {"amount", "plan"}) {
    RowField one;
    one.name = field;
    one.type = std::string_view(field) == "plan" ? ColumnType::kString : ColumnType::kFloat;
    features->fields.push_back(one);
  }
  ModelCard card;
  card.name = name;
  card.label = "churned";
  card.trainer = "xgboost 1.7.4";
  card.data_digest = std::string(64, 'd');
  card.encoding = {features, {{0, std::nullopt}, {1, "pro"}, {1, "free = no/1"}}};
  card.importance = {0.5, 0.25, 0.25};
  card.metrics = {{"auc", 0.75, 0.7, 0.8}, {"log_loss", NAN, NAN, NAN}};
  card.slices = {{"plan", "pro", 12, {{"auc", 0.5, 0.4, 0.6}}}};
  for (size_t round = 0; round < rounds; ++round) {
    card.losses.push_back(1.0 / static_cast<double>(round + 1));
  }
  return card;
}

class TrackingTest : public ::testing::Test {
 protected:
  TrackingTest() { env_.now = Time(std::chrono::seconds(1'800'000'000)); }

  TrackedModel ModelNamed(const std::string& address) const {
    return {address, "state-1", {"http://mlflow:5000", "", ""}};
  }
  // Trains a model: its files are there from now on.
  Digest Train(const std::string& name, size_t rounds = 3) {
    const std::string card = CardText(CardOf(name, rounds));
    const Digest digest = Sha256(card);
    artefacts_[digest] = {{"model.json", card}, {"trees.json", "{}"}, {"test.bin", "private rows"}};
    return digest;
  }
  Status SpoolRun(const std::string& address, const Digest& artefact, const std::string& verdict) {
    TrackedRun run{artefact, FormatTime(env_.now), "run-1", verdict, "why", ""};
    run.card = artefacts_[artefact]["model.json"];
    return SpoolEvent(kDir, {ModelNamed(address), run}, env_);
  }
  Result<Replayed> ReplayAll() {
    ReplayOptions options{kDir, &env_, {}, server_.connector()};
    options.files = [this](const Digest& digest) -> Result<ModelFiles> {
      const auto found = artefacts_.find(digest);
      if (found == artefacts_.end()) return Fail(ErrorKind::kCorrupt, "gone");
      return [found](std::string_view name) -> Result<std::string> {
        return found->second.at(std::string(name));
      };
    };
    return Replay(options, {});
  }
  // Two versions, the second in charge, and a refused candidate.
  void SpoolAStory(size_t rounds = 4) {
    rounds_ = rounds;
    const Digest first = Train("a", 3), second = Train("b", rounds), third = Train("c", 1);
    TrackedRegistry registry;
    registry.versions = {{1, first, FormatTime(env_.now), "run-1"}};
    registry.promotions = {{FormatTime(env_.now), 1, "run-1", "passed its gate"}};
    ASSERT_TRUE(SpoolRun("m", first, "passed").has_value());
    ASSERT_TRUE(SpoolRegistry(kDir, ModelNamed("m"), registry, env_).has_value());
    ASSERT_TRUE(SpoolRun("m", second, "passed").has_value());
    registry.versions.push_back({2, second, FormatTime(env_.now), "run-2"});
    registry.promotions.push_back({FormatTime(env_.now), 2, "run-2", "passed its gate"});
    registry.challenger = 1;
    ASSERT_TRUE(SpoolRegistry(kDir, ModelNamed("m"), registry, env_).has_value());
    ASSERT_TRUE(SpoolRun("m", third, "refused").has_value());
  }
  void ExpectTheStory() {
    ASSERT_EQ(server_.runs.size(), 3U);
    ASSERT_EQ(server_.models.size(), 1U);
    const FakeMlflow::Model& model = server_.models.at("m");
    ASSERT_EQ(model.versions.size(), 2U);
    EXPECT_EQ(model.versions.at(2).tags.at("opsc.version"), "2");
    EXPECT_EQ(model.aliases.at("champion"), "2");
    EXPECT_EQ(model.aliases.at("challenger"), "1");
    std::map<std::string, int> gates;
    for (const auto& [id, run] : server_.runs) {
      EXPECT_EQ(run.status, "FINISHED");
      ++gates[run.tags.at("opsc.gate")];
      EXPECT_EQ(run.files.size(), 3U);
      EXPECT_FALSE(run.files.contains("artifacts/model/test.bin")) << "rows stay here";
    }
    EXPECT_EQ(gates["passed"], 2);
    EXPECT_EQ(gates["refused"], 1);
    const FakeMlflow::Run& second = server_.runs.at(model.versions.at(2).run);
    EXPECT_EQ(second.params.at("split.by"), "random");
    EXPECT_EQ(second.params.at("trainer"), "xgboost 1.7.4");
    EXPECT_EQ(second.params.at("data.digest"), std::string(64, 'd'));
    EXPECT_EQ(second.params.at("features.digest"), Sha256("").Hex());
    EXPECT_EQ(second.inputs.at("F"), std::string(36, 'd'));
    // 3 of auc, 4 of the slice, 3 of importance, a loss a round; what is not a number is not there.
    EXPECT_EQ(second.metrics.size(), 3U + 4U + 3U + rounds_);
    EXPECT_EQ(ReadSpool(kDir, env_)->size(), 0U);
  }

  MemoryEnv env_;
  FakeMlflow server_;
  size_t rounds_ = 0;  // of the model of version 2
  std::map<Digest, std::map<std::string, std::string>> artefacts_;
};

TEST_F(TrackingTest, EventsAreReadAsWritten) {
  const TrackedRun run{Sha256("x"), "2026-11-28T14:00:00.000Z", "r", "refused", "a\n\"table\"",
                       "{}"};
  const auto back = EventFromText(ToText({ModelNamed("a/b[\"k\"]"), run}));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->model, ModelNamed("a/b[\"k\"]"));
  EXPECT_EQ(std::get<TrackedRun>(back->what).artefact, run.artefact);
  EXPECT_EQ(std::get<TrackedRun>(back->what).note, run.note);
  EXPECT_FALSE(EventFromText("{").has_value());
  EXPECT_FALSE(EventFromText("{\"format\": \"opsc.tracking/9\"}").has_value());
}

TEST_F(TrackingTest, AStoryIsToldOnce) {
  SpoolAStory(2500);  // three batches
  const auto replayed = ReplayAll();
  ASSERT_TRUE(replayed.has_value()) << replayed.error().message;
  for (const auto& trouble : replayed->troubles) ADD_FAILURE() << trouble.error.message;
  EXPECT_EQ(replayed->told, 4U) << "the second registry says all that the first did";
  ExpectTheStory();
  const size_t requests = server_.requests.size();
  ASSERT_EQ(ReplayAll()->told, 0U);
  EXPECT_EQ(server_.requests.size(), requests) << "nothing waits, nothing is asked";
}

TEST_F(TrackingTest, KilledAtEachRequestItConverges) {
  SpoolAStory();
  const MemoryEnv begin = env_;
  ASSERT_TRUE(ReplayAll().has_value());
  const size_t requests = server_.requests.size();
  ASSERT_GT(requests, 30U);
  for (const bool after_effect : {false, true}) {
    for (size_t at = 0; at < requests; ++at) {
      SCOPED_TRACE(fmt::format("dies at request {}, {}", at, after_effect ? "done" : "not done"));
      env_.nodes = begin.nodes;
      server_ = {};
      server_.dies_at = at;
      server_.dies_after_effect = after_effect;
      const auto first = ReplayAll();
      ASSERT_TRUE(first.has_value());
      ASSERT_EQ(first->troubles.size(), 1U);
      EXPECT_EQ(first->troubles[0].model, "") << "all of the server waits";
      EXPECT_GT(first->waiting, 0U);
      server_.dies_at.reset();
      ASSERT_EQ(ReplayAll()->waiting, 0U);
      ExpectTheStory();
    }
  }
}

// The process is killed after the server knows but before the file is gone.
TEST_F(TrackingTest, ToldTwiceIsThereOnce) {
  SpoolAStory(1200);
  const MemoryEnv begin = env_;
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  env_.nodes = begin.nodes;
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  ExpectTheStory();
}

TEST_F(TrackingTest, ADeadServerIsAskedOnce) {
  SpoolAStory();
  server_.dies_at = 0;
  const auto replayed = ReplayAll();
  EXPECT_EQ(server_.requests.size(), 1U);
  EXPECT_EQ(replayed->waiting, 4U);
  EXPECT_EQ(replayed->told, 0U);
}

TEST_F(TrackingTest, ARefusedEventHoldsUpItsModelOnly) {
  ASSERT_TRUE(SpoolRun("a", Train("a"), "passed").has_value());
  ASSERT_TRUE(SpoolRun("a", Train("a2"), "passed").has_value());
  ASSERT_TRUE(SpoolRun("b", Train("b"), "passed").has_value());
  server_.chokes_on = "\"name\":\"a\"";  // the experiment of `a`
  const auto replayed = ReplayAll();
  EXPECT_EQ(replayed->told, 1U);
  EXPECT_EQ(replayed->waiting, 2U);
  ASSERT_EQ(replayed->troubles.size(), 1U);
  EXPECT_EQ(replayed->troubles[0].model, "a");
  EXPECT_NE(replayed->troubles[0].error.message.find("500"), std::string::npos);
  EXPECT_EQ(replayed->troubles[0].error.message.find("trace"), std::string::npos) << "one line";
  server_.chokes_on.clear();
  EXPECT_EQ(ReplayAll()->told, 2U);
  EXPECT_EQ(server_.runs.size(), 3U);
}

TEST_F(TrackingTest, ADamagedFileHoldsUpNobody) {
  ASSERT_TRUE(SpoolRun("a", Train("a"), "passed").has_value());
  ASSERT_TRUE(env_.WriteFile(kDir + "/0000000000-half.json", "{\"format\":", 0600).has_value());
  const auto replayed = ReplayAll();
  EXPECT_EQ(replayed->told, 1U);
  EXPECT_EQ(replayed->waiting, 1U);
  ASSERT_EQ(replayed->troubles.size(), 1U);
  EXPECT_EQ(replayed->troubles[0].error.kind, ErrorKind::kCorrupt);
}

TEST_F(TrackingTest, SomebodyElsesModelIsLeftAlone) {
  server_.models["m"].tags = {{"opsc.state", "another"}, {"opsc.model", "m"}};
  SpoolAStory();
  const auto replayed = ReplayAll();
  ASSERT_EQ(replayed->troubles.size(), 1U);
  EXPECT_EQ(replayed->troubles[0].error.kind, ErrorKind::kConflict);
  EXPECT_NE(replayed->troubles[0].error.hint.find("registered:"), std::string::npos);
  EXPECT_TRUE(server_.models["m"].versions.empty());
  EXPECT_TRUE(server_.models["m"].aliases.empty());
}

TEST_F(TrackingTest, ARegistryIsSpooledOnlyWhenItIsNews) {
  const Digest artefact = Train("a");
  TrackedRegistry registry;
  registry.versions = {{1, artefact, FormatTime(env_.now), "run-1"}};
  registry.promotions = {{FormatTime(env_.now), 1, "run-1", "trained"}};
  const auto spool = [&] {
    EXPECT_TRUE(SpoolRegistry(kDir, ModelNamed("m"), registry, env_).has_value());
    return ReadSpool(kDir, env_)->size();
  };
  EXPECT_EQ(spool(), 1U);
  EXPECT_EQ(spool(), 1U) << "it waits already";
  ASSERT_EQ(ReplayAll()->told, 1U);
  EXPECT_EQ(spool(), 0U) << "it has been told";
  registry.challenger = 1;
  EXPECT_EQ(spool(), 1U);
  registry.challenger = 0;
  EXPECT_EQ(spool(), 1U) << "back to what was told: the one that waits is replaced";
  ASSERT_EQ(ReplayAll()->told, 1U);
  EXPECT_FALSE(server_.models.at("m").aliases.contains("challenger"));
  ASSERT_TRUE(ForgetTold(kDir, ModelNamed("m"), env_).has_value());
  EXPECT_EQ(spool(), 1U) << "nothing is known of what was told";
}

TEST_F(TrackingTest, AliasesFollowAndGo) {
  SpoolAStory();
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  server_.models.at("m").aliases["champion"] = "1";  // by hand
  TrackedRegistry registry;
  const auto digest_of = [&](int version) {
    return *Digest::FromHex(server_.models.at("m").versions.at(version).tags.at("opsc.digest"));
  };
  registry.versions = {{1, digest_of(1), "", ""}, {2, digest_of(2), "", ""}};
  registry.promotions = {{"t", 2, "run-2", "passed its gate"},
                         {"t", 1, "run-3", "rolled back"},
                         {"t", 2, "run-4", "promoted by hand"}};
  ASSERT_TRUE(SpoolRegistry(kDir, ModelNamed("m"), registry, env_).has_value());
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  const FakeMlflow::Model& model = server_.models.at("m");
  EXPECT_EQ(model.aliases.at("champion"), "2");
  EXPECT_FALSE(model.aliases.contains("challenger"));
  EXPECT_EQ(model.versions.size(), 2U);
  EXPECT_EQ(model.versions.at(2).tags.at("opsc.promotions"),
            "t promoted by hand (run run-4)\nt passed its gate (run run-2)\n");
}

TEST_F(TrackingTest, WhatIsGoneIsSaid) {
  const Digest artefact = Train("a");
  ASSERT_TRUE(SpoolRun("m", artefact, "passed").has_value());
  TrackedRegistry registry;
  registry.versions = {{1, Sha256("never seen"), FormatTime(env_.now), "run-1"}};
  ASSERT_TRUE(SpoolRegistry(kDir, ModelNamed("m"), registry, env_).has_value());
  artefacts_.clear();
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  ASSERT_EQ(server_.runs.size(), 2U);
  for (const auto& [id, run] : server_.runs) {
    EXPECT_EQ(run.tags.at("opsc.files"), "gone before they could be uploaded");
  }
  EXPECT_EQ(server_.models.at("m").versions.size(), 1U);
}

TEST_F(TrackingTest, AServerThatStoresNoArtefactsGetsTheRest) {
  server_.artifact_scheme = "s3://bucket/";
  SpoolAStory();
  ASSERT_EQ(ReplayAll()->waiting, 0U);
  ASSERT_EQ(server_.models.at("m").versions.size(), 2U);
  EXPECT_TRUE(server_.runs.begin()->second.files.empty());
  EXPECT_TRUE(server_.runs.begin()->second.tags.at("opsc.files").starts_with("not uploaded"));
}

TEST_F(TrackingTest, ThePathOfAModelBecomesAName) {
  EXPECT_EQ(RegisteredName(ModelNamed("shop/churn[\"eu:west\"]")), "shop.churn[eu%3Awest]");
  TrackedModel named = ModelNamed("churn");
  named.tracking.registered = "team-churn";
  EXPECT_EQ(RegisteredName(named), "team-churn");
  EXPECT_EQ(MetricNamePart("pro"), "pro");
  EXPECT_NE(MetricNamePart("a=b"), MetricNamePart("a_b"));
  EXPECT_NE(MetricNamePart(".."), "..");
  EXPECT_LT(MetricNamePart(std::string(500, 'x')).size(), 120U);
}

TEST_F(TrackingTest, TheSpoolOfTheKind) {
  KindContext context;
  context.env = &env_;
  context.state_dir = "/p/.ops";
  context.state_id = "state-1";
  context.run_id = "run-7";
  const auto tracker = MakeSpoolTracker();
  JudgedCandidate candidate{"m", ModelNamed("m").tracking, Sha256("m"), CardOf("m", 2), false,
                            "no"};
  ASSERT_TRUE(tracker->Judged(context, candidate).has_value());
  const auto spooled = ReadSpool(kDir, env_);
  ASSERT_EQ(spooled->size(), 1U);
  const auto& run = std::get<TrackedRun>(spooled->front().event->what);
  EXPECT_EQ(run.verdict, "refused");
  EXPECT_EQ(run.run, "run-7");
  EXPECT_TRUE(CardFromText(run.card).has_value());
}

TEST(Tracking, IsReadFromFields) {
  const auto of = [](const std::string& url) {
    return TrackingOf(Value::Record(
        {{Symbol("tracking"), Value::Record({{Symbol("url"), Value::String(url)},
                                             {Symbol("experiment"), Value::String("e")}})}}));
  };
  EXPECT_EQ((*of("https://h/mlflow//"))->url, "https://h/mlflow");
  EXPECT_EQ((*of("http://h:1"))->experiment, "e");
  for (const char* bad : {"h:5000", "ftp://h", "http://user:secret@h", "http://h?x=1"}) {
    const auto refused = of(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInput);
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
  }
  EXPECT_FALSE((*TrackingOf(Value::Record({}))).has_value());
}

}  // namespace
}  // namespace opsc
