#include "runtime/registry/registry.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/column/column_builder.h"
#include "runtime/graph/testing/memory_content_store.h"
#include "runtime/ml/random.h"
#include "runtime/registry/gate.h"
#include "runtime/registry/model_kind.h"

namespace opsc {
namespace {

// A model of how `x` decides a bool that is wrong in `noise` of ten rows.
TrainedModel TrainOn(uint64_t seed, uint64_t noise, int64_t rounds, double least_weight = 1) {
  auto schema = std::make_shared<RowSchema>();
  schema->name = "Row";
  schema->fields = {FieldOfType("id", ColumnType::kInt), FieldOfType("x", ColumnType::kFloat),
                    FieldOfType("y", ColumnType::kBool)};
  schema->fields[0].roles.key = true;
  schema->fields[2].roles.label = true;
  std::vector<ColumnBuilder> columns;
  for (const RowField& field : schema->fields) columns.emplace_back(field.type);
  Random random(seed);
  for (int64_t row = 0; row < 600; ++row) {
    const auto x = static_cast<double>(random.Below(100));
    columns[0].AppendInt(row);
    columns[1].AppendFloat(x);
    columns[2].AppendBool((x > 50) != (random.Below(10) < noise));
  }
  Batch batch{schema, 600, {}};
  for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
  TrainSpec spec;
  spec.name = "m";
  spec.params.rounds = rounds;
  spec.params.min_child_weight = least_weight;  // a large one: nothing is learnt
  spec.bootstrap_rounds = 20;
  auto model = Train({batch}, spec, {}, {});
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return std::move(*model);
}

// Reads one column and compares it with another or a number.
class LimitKernel : public Kernel {
 public:
  LimitKernel(std::string left, std::string right, double slack) : slack_(slack) {
    auto input = std::make_shared<RowSchema>();
    input->fields = {FieldOfType(std::move(left), ColumnType::kFloat),
                     FieldOfType(std::move(right), ColumnType::kFloat)};
    auto output = std::make_shared<RowSchema>();
    output->fields = {FieldOfType("value", ColumnType::kBool)};
    input_ = input;
    output_ = output;
  }
  const SchemaPtr& input() const override { return input_; }
  const SchemaPtr& output() const override { return output_; }
  Status Run(const Batch& in, Batch& out) const override {
    out = {output_, 1, {Column::Zeroed(ColumnType::kBool, 1)}};
    out.columns[0].writable_bools()[0] =
        in.columns[0].floats()[0] >= in.columns[1].floats()[0] - slack_;
    return {};
  }

 private:
  SchemaPtr input_, output_;
  double slack_;
};
class Loader : public KernelLoader {
 public:
  Result<std::unique_ptr<Kernel>> Load(std::string_view text) override {
    return std::make_unique<LimitKernel>(std::string(text), "champion.auc", 0.02);
  }
};

// Writes down what it hears.
struct HeardCandidate {
  std::string address, verdict;
  bool passed;
};
class Listener : public ModelTracker {
 public:
  explicit Listener(std::vector<HeardCandidate>& heard) : heard_(heard) {}
  Status Judged(const KindContext&, const JudgedCandidate& candidate) override {
    heard_.push_back({candidate.address, candidate.verdict, candidate.passed});
    return {};
  }

 private:
  std::vector<HeardCandidate>& heard_;
};

TEST(Registry, GoesBackAsOftenAsThereWereVersions) {
  Registry registry;
  for (int64_t version : {1, 2, 3}) {
    registry.versions.push_back({version, {}, "", ""});
    registry.promotions.push_back({"", version, "", "passed its gate"});
  }
  EXPECT_EQ(registry.Previous(), 2);
  registry.promotions.push_back({"", 2, "", "rolled back from 3"});
  EXPECT_EQ(registry.Previous(), 1);
  registry.promotions.push_back({"", 1, "", "rolled back from 2"});
  EXPECT_EQ(registry.Previous(), std::nullopt);
  EXPECT_TRUE(registry.WentBackFrom(3));
  EXPECT_TRUE(registry.WentBackFrom(2));
  EXPECT_FALSE(registry.WentBackFrom(1));
  registry.promotions.push_back({"", 3, "", "promoted by hand"});
  EXPECT_EQ(registry.Previous(), 1);
  EXPECT_FALSE(registry.WentBackFrom(3));
}

class ModelKindTest : public ::testing::Test {
 protected:
  Value Stored(const TrainedModel& model) {
    MemoryEnv files;
    EXPECT_TRUE(files.MakeDirs("/m").has_value());
    EXPECT_TRUE(WriteModel("/m", model, files).has_value());
    std::vector<TreeEntry> entries;
    for (const char* name : {"model.json", "test.bin", "trees.json"}) {
      const std::string& content = files.nodes["/m/" + std::string(name)].content;
      entries.push_back({name, TreeEntry::Type::kFile, *store_.PutBytes(content), content.size()});
    }
    FileRep file;
    file.path = "model";
    file.digest = *store_.PutTree(entries);
    return Value::File(file);
  }
  Result<Applied> Apply(const Value& candidate, const std::string& promote = "auto") {
    ApplyRequest request;
    request.address = "m";
    request.fields = Value::Record(
        {{Symbol("candidate"), candidate},
         {Symbol("gate"), Value::Record({{Symbol("kernel"), Value::String("auc")},
                                         {Symbol("text"), Value::String("m => ...")}})},
         {Symbol("promote"), Value::String(promote)},
         {Symbol("tracking"), tracking_}});
    request.prior = prior_;
    auto applied = kind_->Update(context_, request);
    if (applied) {
      prior_ = StateEntry{};
      prior_->fields = request.fields;
      prior_->outs = applied->outs;
      prior_->recorded = applied->recorded;
    }
    return applied;
  }
  Registry Now() const { return RegistryFrom(prior_->recorded); }

  MemoryEnv env_;
  testing::MemoryContentStore store_;
  KindContext context_ = [this] {
    KindContext context;
    context.env = &env_;
    context.store = &store_;
    context.run_id = "run-1";
    return context;
  }();
  Loader loader_;
  std::vector<HeardCandidate> heard_;
  std::unique_ptr<Kind> kind_ = MakeModelKind(&loader_, std::make_unique<Listener>(heard_));
  Value tracking_;
  std::optional<StateEntry> prior_;
};

TEST_F(ModelKindTest, TheFirstThatPassesIsChampion) {
  const Value model = Stored(TrainOn(1, 1, 10));
  const auto applied = Apply(model);
  ASSERT_TRUE(applied.has_value()) << applied.error().message;
  EXPECT_EQ(Now().champion(), 1);
  EXPECT_EQ(applied->outs.Find("version")->AsInt(), 1);
  EXPECT_EQ(applied->outs.Find("champion")->AsFile().digest, model.AsFile().digest);
  ASSERT_TRUE(Apply(model).has_value()) << "the same again is the same version";
  EXPECT_EQ(Now().versions.size(), 1U);
  EXPECT_EQ(Now().promotions.size(), 1U);
}

TEST_F(ModelKindTest, AWorseOneIsRefusedWithATable) {
  ASSERT_TRUE(Apply(Stored(TrainOn(1, 1, 10))).has_value());
  const auto refused = Apply(Stored(TrainOn(2, 1, 10, 1e6)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_NE(refused.error().message.find("champion (version 1)"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(refused.error().hint, "version 1 stays in charge");
  EXPECT_EQ(Now().champion(), 1);
}

TEST_F(ModelKindTest, TheChampionIsMeasuredOnTheCandidatesRows) {
  // The champion learnt from clean rows; on noisy ones it is no better than a candidate that did
  // not.
  ASSERT_TRUE(Apply(Stored(TrainOn(1, 0, 10))).has_value());
  const auto passed = Apply(Stored(TrainOn(2, 2, 10)));
  EXPECT_TRUE(passed.has_value()) << passed.error().message;
  EXPECT_EQ(Now().champion(), 2);
}

TEST_F(ModelKindTest, ByHandItWaitsAsChallenger) {
  ASSERT_TRUE(Apply(Stored(TrainOn(1, 1, 10)), "manual").has_value());
  EXPECT_EQ(Now().champion(), 1) << "somebody has to be in charge";
  ASSERT_TRUE(Apply(Stored(TrainOn(3, 1, 12)), "manual").has_value());
  EXPECT_EQ(Now().champion(), 1);
  EXPECT_EQ(Now().challenger, 2);
}

TEST_F(ModelKindTest, ATrackerHearsOfAllThatIsAsked) {
  const Value first = Stored(TrainOn(1, 1, 10));
  ASSERT_TRUE(Apply(first).has_value());
  EXPECT_TRUE(heard_.empty()) << "it is not tracked";
  tracking_ = Value::Record({{Symbol("url"), Value::String("http://mlflow:5000")}});
  ASSERT_TRUE(Apply(first).has_value());
  EXPECT_TRUE(heard_.empty()) << "the gate was not asked again";
  ASSERT_FALSE(Apply(Stored(TrainOn(2, 1, 10, 1e6))).has_value());
  ASSERT_TRUE(Apply(Stored(TrainOn(3, 0, 12))).has_value());
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_EQ(heard_[0].address, "m");
  EXPECT_FALSE(heard_[0].passed);
  EXPECT_NE(heard_[0].verdict.find("champion (version 1)"), std::string::npos);
  EXPECT_TRUE(heard_[1].passed);
  EXPECT_EQ(heard_[1].verdict, "passed its gate");
}

// Who was put in charge by hand stays there when something else of the model changes.
TEST_F(ModelKindTest, AnAnsweredGateIsNotAskedAgain) {
  ASSERT_TRUE(Apply(Stored(TrainOn(1, 1, 10))).has_value());
  const Value second = Stored(TrainOn(3, 1, 12));
  ASSERT_TRUE(Apply(second).has_value());
  Registry registry = Now();
  registry.promotions.push_back({"t", 1, "run-2", "rolled back from 2"});
  prior_->recorded = ToValue(registry);
  tracking_ = Value::Record({{Symbol("url"), Value::String("http://mlflow:5000")}});
  ASSERT_TRUE(Apply(second).has_value());
  EXPECT_EQ(Now().champion(), 1);
}

TEST_F(ModelKindTest, AnUnusableTrackingServerIsSaid) {
  tracking_ = Value::Record({{Symbol("url"), Value::String("mlflow:5000")}});
  const auto refused = Apply(Stored(TrainOn(1, 1, 10)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kInput);
  EXPECT_FALSE(prior_.has_value());
}

TEST_F(ModelKindTest, DamageIsSaid) {
  FileRep file;
  file.path = "model";
  file.digest = Sha256("nothing");
  EXPECT_FALSE(Apply(Value::File(file)).has_value());
  EXPECT_FALSE(prior_.has_value());
}

TEST(Gate, WithoutAChampionItIsWorseThanAny) {
  ModelCard card;
  card.metrics = {{"auc", 0.6, 0.5, 0.7}, {"log_loss", 0.5, 0.4, 0.6}};
  card.test_rows = 10;
  const Batch row = GateRow(card, {});
  const auto at = [&](std::string_view name) {
    return row.columns[*row.schema->Find(name)].floats()[0];
  };
  EXPECT_EQ(at("auc_low"), 0.5);
  EXPECT_EQ(at("champion.auc"), -INFINITY);
  EXPECT_EQ(at("champion.log_loss"), INFINITY);
}

ModelCard CardOfTimes(int64_t learnt_until, int64_t tested_since) {
  ModelCard card;
  card.split.kind = SplitSpec::Kind::kTime;
  card.learnt_until = learnt_until;
  card.tested_since = tested_since;
  return card;
}

TEST(Gate, KnowsWhetherTheChampionMayHaveLearntTheTestRows) {
  const ModelCard champion = CardOfTimes(100, 101);
  EXPECT_FALSE(MayHaveLearnt(champion, champion));
  EXPECT_FALSE(MayHaveLearnt(champion, CardOfTimes(150, 151)));
  EXPECT_TRUE(MayHaveLearnt(champion, CardOfTimes(90, 100))) << "a late file of earlier rows";
  ModelCard by_key;
  EXPECT_FALSE(MayHaveLearnt(champion, by_key)) << "nobody has noted its times";
  by_key.tested_since = 1;
  by_key.learnt_until = 200;
  EXPECT_TRUE(MayHaveLearnt(champion, by_key)) << "another split";
  EXPECT_FALSE(MayHaveLearnt(by_key, by_key)) << "a row stays on its side";
  ModelCard other_seed = by_key;
  other_seed.split.seed = 1;
  EXPECT_TRUE(MayHaveLearnt(by_key, other_seed));
  ModelCard more_tests = by_key;
  more_tests.split.test = 0.5;
  EXPECT_TRUE(MayHaveLearnt(by_key, more_tests));
  EXPECT_FALSE(MayHaveLearnt(more_tests, by_key));
}

TEST(Gate, SaysThatTheChampionMayKnowTheRows) {
  ChampionMeasures champion{.version = 3, .metrics = {}, .same_rows = true};
  EXPECT_EQ(CompareText({}, champion).find("may have been trained"), std::string::npos);
  champion.may_know_rows = true;
  EXPECT_NE(CompareText({}, champion)
                .find("version 3 may have been trained on some of these test "
                      "rows, which flatters it"),
            std::string::npos);
}

TEST(Gate, MeasuresOfTheOtherObjectiveAreNone) {
  ModelCard card;
  card.name = "price";
  card.objective = Objective::kRegression;
  const Status asked = AskGate(LimitKernel("auc", "champion.auc", 0), "m => m.auc > 0.8", card, {});
  ASSERT_FALSE(asked.has_value());
  EXPECT_EQ(asked.error().kind, ErrorKind::kInput);
}

TEST(Registry, IsReadAsNoted) {
  Registry registry;
  registry.versions = {{1, Value(), "t1", "r1"}, {2, Value(), "t2", "r2"}};
  registry.promotions = {{"t1", 1, "r1", "passed its gate"}, {"t2", 2, "r2", "passed its gate"}};
  registry.challenger = 2;
  const Registry back = RegistryFrom(ToValue(registry));
  EXPECT_EQ(back.champion(), 2);
  EXPECT_EQ(back.Previous(), 1);
  EXPECT_EQ(back.challenger, 2);
  EXPECT_EQ(back.promotions[0].reason, "passed its gate");
  EXPECT_EQ(RegistryFrom(Value()).champion(), 0);
}

}  // namespace
}  // namespace opsc
