#include "runtime/ml/train.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/column/column_builder.h"
#include "runtime/ml/artefact.h"
#include "runtime/ml/card_json.h"
#include "runtime/ml/random.h"

namespace opsc {
namespace {

SchemaPtr CustomerSchema() {
  auto schema = std::make_shared<RowSchema>();
  schema->name = "Customer";
  schema->fields = {
      FieldOfType("id", ColumnType::kInt),      FieldOfType("at", ColumnType::kTime),
      FieldOfType("spend", ColumnType::kFloat), FieldOfType("plan", ColumnType::kString),
      FieldOfType("active", ColumnType::kBool), FieldOfType("churned", ColumnType::kBool)};
  schema->fields[0].roles.key = true;
  schema->fields[1].roles.event_time = true;
  schema->fields[2].nullable = true;
  schema->fields[5].nullable = true;
  schema->fields[5].roles.label = true;
  return schema;
}

// Customers who churn the more the less they spend; pro customers hardly. A tenth has no spend, one
// in fifty no label.
std::vector<Batch> Customers(size_t rows, uint64_t seed) {
  const SchemaPtr schema = CustomerSchema();
  std::vector<ColumnBuilder> columns;
  for (const RowField& field : schema->fields) columns.emplace_back(field.type);
  Random random(seed);
  for (size_t row = 0; row < rows; ++row) {
    const double spend = static_cast<double>(random.Below(1000)) / 10;
    const bool pro = random.Below(3) == 0;
    const double risk = pro ? 0.1 : (spend < 40 ? 0.8 : 0.2);
    columns[0].AppendInt(static_cast<int64_t>(row));
    columns[1].AppendInt(static_cast<int64_t>(row) * 1'000'000'000);
    random.Below(10) == 0 ? columns[2].AppendNull() : columns[2].AppendFloat(spend);
    columns[3].AppendText(pro ? "pro" : "free");
    columns[4].AppendBool(random.Below(2) == 0);
    const bool churned = static_cast<double>(random.Below(1000)) / 1000 < risk;
    row % 50 == 7 ? columns[5].AppendNull() : columns[5].AppendBool(churned);
  }
  Batch batch{schema, rows, {}};
  for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
  return {batch};
}

TrainSpec Spec() {
  TrainSpec spec;
  spec.name = "churn";
  spec.params.rounds = 30;
  spec.params.depth = 4;
  spec.split.seed = 7;
  spec.bootstrap_rounds = 50;
  spec.slices = {"plan"};
  return spec;
}

TrainedModel Trained() {
  auto model = Train(Customers(3000, 1), Spec(), {}, {});
  EXPECT_TRUE(model.has_value()) << model.error().message;
  return std::move(*model);
}

TEST(Train, DividesTheRowsThatHaveALabel) {
  std::vector<Batch> rows = Customers(1000, 1);
  Column& label = rows.front().columns[5];
  Column young = Column::Zeroed(ColumnType::kBool, 1000);
  for (size_t row = 0; row < 1000; ++row) {
    young.writable_bools()[row] = label.bools()[row];
    if (row >= 600 || label.IsNull(row))
      young.SetNull(row);  // the outcome of the last is not known
  }
  label = young;
  TrainSpec spec = Spec();
  spec.split = {SplitSpec::Kind::kTime, 0.25, "", 7};
  const auto model = Train(rows, spec, {}, {});
  ASSERT_TRUE(model.has_value()) << model.error().message;
  EXPECT_EQ(model->card.unlabelled_rows, 412U);
  EXPECT_EQ(model->card.test_rows, 147U);
  EXPECT_EQ(model->card.train_rows, 441U);
}

TEST(Train, LearnsWhatIsThere) {
  const TrainedModel model = Trained();
  EXPECT_EQ(model.card.objective, Objective::kBinary);
  EXPECT_EQ(model.card.unlabelled_rows, 60U);
  EXPECT_EQ(model.card.train_rows + model.card.test_rows, 2940U);
  EXPECT_NEAR(static_cast<double>(model.card.test_rows), 588, 80);
  EXPECT_EQ(model.card.metrics[0].name, "auc");
  EXPECT_GT(model.card.metrics[0].value, 0.78);
  EXPECT_LT(model.card.losses.back(), model.card.losses.front());
  ASSERT_EQ(model.card.slices.size(), 2U);
  EXPECT_EQ(model.card.slices[1].value, "pro");
  // spend and the two plans decide, activity does not.
  ASSERT_EQ(model.card.encoding.columns.size(), 4U);
  EXPECT_EQ(model.card.encoding.NameOf(2), "plan = \"pro\"");
  EXPECT_GT(model.card.importance[0] + model.card.importance[1] + model.card.importance[2], 0.8);
}

TEST(Train, IsTheSameAgain) {
  const TrainedModel a = Trained(), b = Trained();
  EXPECT_EQ(a.trees, b.trees);
  EXPECT_EQ(CardText(a.card), CardText(b.card));
}

TEST(Train, PredictsAsXgboostItself) {
  const TrainedModel model = Trained();
  Matrix rows = model.test.features;
  const float odd[] = {NAN, INFINITY, -INFINITY, 1e-45F, -0.0F, 3e38F};
  for (const float x : odd) {
    rows.values.insert(rows.values.end(), {x, NAN, 1, x});
    ++rows.rows;
  }
  const auto theirs = PredictByXgboost(model.trees, rows);
  if (!theirs) {
    // It refuses infinities as input; ours are compared with the rest.
    rows = model.test.features;
  }
  const auto expected = theirs ? theirs : PredictByXgboost(model.trees, rows);
  ASSERT_TRUE(expected.has_value()) << expected.error().message;
  const auto trees = ParseXgboost(model.trees);
  ASSERT_TRUE(trees.has_value()) << trees.error().message;
  std::vector<float> ours(rows.rows);
  Predict(*trees, rows.values, ours);
  for (size_t row = 0; row < rows.rows; ++row)
    ASSERT_NEAR(ours[row], (*expected)[row], 1e-6) << row;
}

TEST(Train, RefusesWhatCannotBeLearnt) {
  auto rows = Customers(200, 1);
  auto one_class = rows;
  one_class[0].columns[5] = Column::Zeroed(ColumnType::kBool, 200);
  const auto none = Train(one_class, Spec(), {}, {});
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().message.find("have the label false"), std::string::npos);

  auto spec = Spec();
  spec.slices = {"nothing"};
  EXPECT_NE(Train(rows, spec, {}, {}).error().message.find("no field `nothing`"),
            std::string::npos);

  EXPECT_EQ(Train(Customers(1, 1), Spec(), {}, {}).error().kind, ErrorKind::kInput);
  spec = Spec();
  spec.params.depth = -1;
  EXPECT_EQ(Train(rows, spec, {}, {}).error().kind, ErrorKind::kInput);
}

TEST(Train, ManyWordsAreNoFeature) {
  auto rows = Customers(200, 1);
  ColumnBuilder words(ColumnType::kString);
  for (int row = 0; row < 200; ++row) words.AppendText("w" + std::to_string(row));
  rows[0].columns[3] = words.Finish();
  const auto model = Train(rows, Spec(), {}, {});
  ASSERT_FALSE(model.has_value());
  EXPECT_NE(model.error().message.find("more than 32 distinct"), std::string::npos);
}

TEST(Train, StopsWhenTold) {
  std::stop_source stop;
  const auto on_round = [&](const TrainingRound& round) {
    if (round.round == 3) stop.request_stop();
  };
  const auto model = Train(Customers(500, 1), Spec(), on_round, stop.get_token());
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().kind, ErrorKind::kCancelled);
}

TEST(Split, ARowStaysOnItsSide) {
  SplitSpec spec{.test = 0.3, .group = {}, .seed = 4};
  const auto few = TestRows(Customers(500, 1), spec);
  const auto more = TestRows(Customers(900, 1), spec);
  for (size_t row = 0; row < 500; ++row) ASSERT_EQ((*few)[row], (*more)[row]);
}

TEST(Split, ByTimeTheLastAreTests) {
  SplitSpec spec{.kind = SplitSpec::Kind::kTime, .test = 0.2, .group = {}};
  const auto test = TestRows(Customers(100, 1), spec);
  for (size_t row = 0; row < 100; ++row) EXPECT_EQ((*test)[row], row >= 80) << row;
}

// A row a second, so of 100 rows the test begins at second 80.
TEST(Split, NothingIsLearntThatWasNotKnownYet) {
  SplitSpec spec{.kind = SplitSpec::Kind::kTime, .test = 0.2, .group = {}};
  spec.embargo = 5'000'000'000;
  const auto rows = Customers(100, 1);
  const auto test = TestRows(rows, spec);
  const auto train = TrainRows(rows, spec, *test);
  for (size_t row = 0; row < 100; ++row) EXPECT_EQ((*train)[row], row <= 75) << row;
  spec.embargo = 100'000'000'000;
  EXPECT_FALSE(TrainRows(rows, spec, *test).has_value());
}

TEST(Split, ATimeOfTheRowsSaysWhenALabelWasKnown) {
  auto rows = Customers(100, 1);
  auto schema = std::make_shared<RowSchema>(*rows[0].schema);
  schema->fields.push_back(FieldOfType("known", ColumnType::kTime));
  ColumnBuilder known(ColumnType::kTime);
  for (int64_t row = 0; row < 100; ++row) {
    const int64_t takes = row % 2 == 0 ? 0 : 10;  // seconds
    row == 3 ? known.AppendNull() : known.AppendInt((row + takes) * 1'000'000'000);
  }
  rows[0].schema = schema;
  rows[0].columns.push_back(known.Finish());
  SplitSpec spec{.kind = SplitSpec::Kind::kTime, .test = 0.2, .group = {}, .known = "known"};
  const auto train = TrainRows(rows, spec, *TestRows(rows, spec));
  for (size_t row = 0; row < 100; ++row) {
    EXPECT_EQ((*train)[row], row < 80 && row != 3 && (row % 2 == 0 || row <= 70)) << row;
  }
  spec.known = "spend";
  EXPECT_FALSE(TrainRows(rows, spec, *TestRows(rows, spec)).has_value());
}

TEST(Split, AGroupIsOnOneSide) {
  SplitSpec spec{.kind = SplitSpec::Kind::kGroup, .test = 0.5, .group = "plan", .seed = 1};
  const auto rows = Customers(100, 1);
  const auto test = TestRows(rows, spec);
  if (!test) return;  // both plans on one side is refused
  for (size_t row = 1; row < 100; ++row) {
    if (rows[0].columns[3].text(row) == rows[0].columns[3].text(0)) {
      EXPECT_EQ((*test)[row], (*test)[0]);
    }
  }
}

TEST(Artefact, RoundTrip) {
  MemoryEnv env;
  const TrainedModel model = Trained();
  ASSERT_TRUE(env.MakeDirs("/m").has_value());
  ASSERT_TRUE(WriteModel("/m", model, env).has_value());
  const auto card = ReadCard(FilesIn("/m", env));
  ASSERT_TRUE(card.has_value()) << card.error().message;
  EXPECT_EQ(CardText(*card), CardText(model.card));
  const auto test = ReadTestRows(FilesIn("/m", env), *card);
  ASSERT_TRUE(test.has_value());
  EXPECT_EQ(test->score, model.test.score);
  EXPECT_TRUE(ReadTrees(FilesIn("/m", env), *card).has_value());
  env.nodes["/m/test.bin"].content.pop_back();
  EXPECT_EQ(ReadTestRows(FilesIn("/m", env), *card).error().kind, ErrorKind::kCorrupt);
  env.nodes["/m/model.json"].content = "{\"format\":\"opsc.model/9\"}";
  EXPECT_EQ(ReadCard(FilesIn("/m", env)).error().kind, ErrorKind::kCorrupt);
}

TEST(Artefact, DamagedTreesAreRefused) {
  const std::string trees = Trained().trees;
  for (size_t cut = 0; cut < trees.size(); cut += trees.size() / 97) {
    EXPECT_FALSE(ParseXgboost(std::string_view(trees).substr(0, cut)).has_value());
  }
  std::string wild = trees;
  const size_t at = wild.find("\"left_children\":[") + 17;
  wild[at] = '0';  // the root is its own child
  EXPECT_FALSE(ParseXgboost(wild).has_value());
}

TEST(TrainSpec, JsonRoundTrip) {
  TrainSpec spec = Spec();
  spec.split = {SplitSpec::Kind::kGroup, 0.25, "plan", 11};
  spec.cluster = "id";
  const auto back = SpecFromJson(ToJson(spec));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(ToJson(*back), ToJson(spec));
}

// A script that gives each row a score, whatever it has learnt.
ScriptTrainer Giving(std::vector<double> scores, ScriptRows* seen = nullptr) {
  return [scores = std::move(scores), seen](const ScriptRows& rows) -> Result<ScriptAnswer> {
    if (seen != nullptr) *seen = rows;
    ScriptAnswer answer{"CPython 3.11.7", {}, scores};
    answer.record.spec = {"train.py", "some.lock", "python3", R"({"trees":80})", 7};
    answer.record.script_digest = "ab";
    answer.record.lock_digest = "cd";
    answer.record.reported = {{"oob", 0.75}};
    return answer;
  };
}

uint64_t RowsIn(const std::vector<Batch>& batches) {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  return rows;
}

TEST(TrainByScript, SeesLabelsOfTrainingRowsAlone) {
  const auto table = Customers(500, 3);
  const auto model = Train(table, Spec(), {}, {});
  ASSERT_TRUE(model) << model.error().message;
  ScriptRows seen;
  const auto by_script = TrainByScript(table, Spec(), Giving(model->test.score, &seen));
  ASSERT_TRUE(by_script) << by_script.error().message;
  EXPECT_EQ(seen.label, "churned");
  EXPECT_TRUE(seen.train.front().schema->Find("churned"));
  EXPECT_FALSE(seen.test.front().schema->Find("churned"));
  EXPECT_FALSE(seen.train.front().schema->Find("id"));
  EXPECT_EQ(RowsIn(seen.train), model->card.train_rows);
  EXPECT_EQ(RowsIn(seen.test), model->card.test_rows);
  // Measured as what XGBoost says of the same rows.
  EXPECT_EQ(by_script->card.metrics, model->card.metrics);
  EXPECT_EQ(by_script->card.positives, model->card.positives);
  EXPECT_EQ(by_script->test.truth, model->test.truth);
}

TEST(TrainByScript, IsKeptAndReadAgain) {
  const auto table = Customers(200, 3);
  ScriptRows seen;
  (void)TrainByScript(table, Spec(), Giving({}, &seen));
  const auto model =
      TrainByScript(table, Spec(), Giving(std::vector<double>(RowsIn(seen.test), 0.5)));
  ASSERT_TRUE(model) << model.error().message;
  MemoryEnv env;
  ASSERT_TRUE(env.MakeDirs("m"));
  ASSERT_TRUE(WriteModel("m", *model, env));
  const auto card = ReadCard(FilesIn("m", env));
  ASSERT_TRUE(card) << card.error().message;
  ASSERT_TRUE(card->script);
  EXPECT_EQ(card->script->spec, model->card.script->spec);
  EXPECT_EQ(card->script->reported, model->card.script->reported);
  EXPECT_EQ(CardText(*card), CardText(model->card));
  const auto test = ReadTestRows(FilesIn("m", env), *card);
  ASSERT_TRUE(test) << test.error().message;
  EXPECT_EQ(test->truth, model->test.truth);
  const auto trees = ReadTrees(FilesIn("m", env), *card);
  ASSERT_FALSE(trees);
  EXPECT_NE(trees.error().message.find("train.py"), std::string::npos);
}

TEST(TrainByScript, RefusesWhatAreNoPredictions) {
  const auto table = Customers(200, 3);
  ScriptRows seen;
  const auto none = TrainByScript(table, Spec(), Giving({}, &seen));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("train.py gives 0 predictions for "), std::string::npos);
  std::vector<double> scores(RowsIn(seen.test), 0.5);
  for (const double bad : {-0.1, 1.5, std::nan("")}) {
    scores[3] = bad;
    const auto refused = TrainByScript(table, Spec(), Giving(scores));
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().message.find("for row 3"), std::string::npos);
  }
}

}  // namespace
}  // namespace opsc
