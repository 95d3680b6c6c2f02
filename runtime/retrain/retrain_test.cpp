#include <gtest/gtest.h>

#include "runtime/data/testing/rows.h"
#include "runtime/graph/testing/memory_content_store.h"
#include "runtime/retrain/rows_kind.h"
#include "runtime/retrain/trigger.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

Time At(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  std::chrono::sys_days date{std::chrono::year(year) / month / day};
  return date + std::chrono::hours(hour) + std::chrono::minutes(minute);
}

std::string Next(std::string_view expression, Time after) {
  auto times = CronTimes::Parse(expression);
  if (!times) return times.error().message;
  auto next = times->NextAfter(after);
  return next ? FormatTime(*next).substr(0, 16) : "never";
}

TEST(Cron, GivesTheNextMinuteThatFits) {
  Time saturday = At(2026, 11, 28, 14, 30);
  EXPECT_EQ(Next("30 14 * * *", saturday), "2026-11-29T14:30");  // later than, not at
  EXPECT_EQ(Next("*/20 * * * *", saturday), "2026-11-28T14:40");
  EXPECT_EQ(Next("0 3 * * 1-5", saturday), "2026-11-30T03:00");
  EXPECT_EQ(Next("0 0 1 1,7 *", saturday), "2027-01-01T00:00");
  EXPECT_EQ(Next("5/25 9 * * 7", saturday), "2026-11-29T09:05");
  EXPECT_EQ(Next("0 0 29 2 *", saturday), "2028-02-29T00:00");
  EXPECT_EQ(Next("0 0 30 2 *", saturday), "never");
  EXPECT_EQ(Next("0 0 13 * 5", saturday), "2026-12-04T00:00");  // the 13th or a Friday
}

TEST(Cron, RefusesWithTheFieldThatIsWrong) {
  EXPECT_EQ(Next("60 * * * *", {}), "cron: `60` is no minute (0 to 59)");
  EXPECT_EQ(Next("* * 0 * *", {}), "cron: `0` is no day of the month (1 to 31)");
  EXPECT_EQ(Next("* 5-2 * * *", {}), "cron: `5-2` is no hour (0 to 23)");
  EXPECT_EQ(Next("*/0 * * * *", {}), "cron: `*/0` is no minute (0 to 59)");
  EXPECT_EQ(Next("* * *", {}), "cron: `* * *` has 3 fields, not 5");
}

// Holds where the psi of a column is above 0.2.
class PsiKernel : public Kernel {
 public:
  PsiKernel() : input_(testing::SchemaOf("psi:float")), output_(testing::SchemaOf("value:bool")) {}
  const SchemaPtr& input() const override { return input_; }
  const SchemaPtr& output() const override { return output_; }
  Status Run(const Batch& in, Batch& out) const override {
    out = {output_, in.rows, {Column::Zeroed(ColumnType::kBool, in.rows)}};
    for (size_t i = 0; i < in.rows; ++i) {
      out.columns[0].writable_bools()[i] = in.columns[0].floats()[i] > 0.2;
    }
    return {};
  }

 private:
  SchemaPtr input_, output_;
};
class Loader : public KernelLoader {
 public:
  Result<std::unique_ptr<Kernel>> Load(std::string_view) override {
    return std::make_unique<PsiKernel>();
  }
};

Value NewData(int64_t min_rows) {
  return Value::Record(
      {{Symbol("kind"), Value::String("new_data")}, {Symbol("min_rows"), Value::Int(min_rows)}});
}
Value Drift() {
  return Value::Record(
      {{Symbol("kind"), Value::String("drift")},
       {Symbol("when"), Value::Record({{Symbol("text"), Value::String("d => d.psi > 0.2")}})}});
}
Value Cron(std::string_view expression) {
  return Value::Record(
      {{Symbol("kind"), Value::String("cron")}, {Symbol("schedule"), Value::String(expression)}});
}

// Blobs stand in a directory too, so that they can be mapped.
class MappedStore : public testing::MemoryContentStore {
 public:
  Digest Put(const std::string& bytes) {
    Digest digest = *PutBytes(bytes);
    testing::Write(BlobPath(digest), bytes);
    return digest;
  }
  std::string BlobPath(const Digest& digest) const override { return scratch_ / digest.Hex(); }

 private:
  testing::Scratch scratch_;
};

class TrainingRowsTest : public ::testing::Test {
 protected:
  TrainingRowsTest() {
    env_.now = At(2026, 11, 28, 12);
    context_.env = &env_;
    context_.store = &store_;
  }
  // A table of `rows` rows, one a minute; `x` of row i is i % 100 + shift from row `from` on.
  Value Table(int64_t rows, int64_t from = 1'000'000, double shift = 0) {
    SchemaPtr schema = testing::SchemaOf("id:int@key at:time@event_time x:float");
    std::vector<Value> values;
    for (int64_t i = 0; i < rows; ++i) {
      values.push_back(Value::Record(
          {{Symbol("id"), Value::Int(i)},
           {Symbol("at"), Value::Time(i * 60'000'000'000)},
           {Symbol("x"), Value::Float(static_cast<double>(i % 100) + (i >= from ? shift : 0))}}));
    }
    return Stored(schema, values);
  }
  // `rows` rows, of which the first `known` have a label.
  Value Labelled(int64_t rows, int64_t known) {
    SchemaPtr schema = testing::SchemaOf("id:int@key y:bool?@label");
    std::vector<Value> values;
    for (int64_t i = 0; i < rows; ++i) {
      values.push_back(
          Value::Record({{Symbol("id"), Value::Int(i)},
                         {Symbol("y"), i < known ? Value::Bool(i % 2 == 0) : Value::Null()}}));
    }
    return Stored(schema, values);
  }
  Value Stored(const SchemaPtr& schema, const std::vector<Value>& values) {
    std::string path = scratch_ / "rows.chunk";
    auto writer = ChunkWriter::Open(path, schema);
    EXPECT_TRUE((*writer)->Add(*BatchOf(schema, values)).has_value());
    EXPECT_TRUE((*writer)->Close().has_value());
    Digest blob = store_.Put(testing::Read(path));
    FileRep file;
    file.path = ".ops/out/f/features.chunk";
    file.digest = *store_.PutTree({{"", TreeEntry::Type::kFile, blob, 0}});
    return Value::File(file);
  }
  // Applies; true where the model is to be trained on these very rows.
  bool Apply(const Value& rows, std::vector<Value> triggers, int64_t cooldown_ns = 0) {
    ApplyRequest request;
    request.address = "m/rows";
    request.fields = Value::Record({{Symbol("rows"), rows},
                                    {Symbol("triggers"), Value::List(std::move(triggers))},
                                    {Symbol("cooldown"), Value::Duration(cooldown_ns)},
                                    {Symbol("due"), Value::Bool(false)}});
    request.prior = prior_;
    auto applied = prior_ ? kind_->Update(context_, request) : kind_->Create(context_, request);
    if (!applied) {
      ADD_FAILURE() << applied.error().message;
      return false;
    }
    prior_ = StateEntry{};
    prior_->address = request.address;
    prior_->fields = request.fields;
    prior_->outs = applied->outs;
    prior_->recorded = applied->recorded;
    return FieldOf(applied->outs, "rows") == rows;
  }
  bool Due() { return BoolField(kind_->Observe(context_, *prior_)->fields, "due"); }
  std::string Why() { return TextField(prior_->recorded, "why"); }

  testing::Scratch scratch_;
  MemoryEnv env_;
  MappedStore store_;
  KindContext context_;
  Loader loader_;
  std::unique_ptr<Kind> kind_ = MakeTrainingRowsKind(&loader_);
  std::optional<StateEntry> prior_;
};

TEST_F(TrainingRowsTest, NewRowsAddUpUntilThereAreEnough) {
  EXPECT_TRUE(Apply(Table(1000), {NewData(300)}));
  EXPECT_EQ(Why(), "first training");
  EXPECT_FALSE(Apply(Table(1200), {NewData(300)}));
  EXPECT_TRUE(Apply(Table(1300), {NewData(300)}));
  EXPECT_EQ(Why(), "300 new rows");
  EXPECT_FALSE(Apply(Table(1500), {NewData(300)}));
}

TEST_F(TrainingRowsTest, RowsThatAreTakenBackAreUnlearnt) {
  EXPECT_TRUE(Apply(Table(1000), {NewData(300)}));
  EXPECT_TRUE(Apply(Table(900), {NewData(300)}));
  EXPECT_EQ(Why(), "rows that it was trained on are gone: 100");
}

TEST_F(TrainingRowsTest, RowsThatAreCorrectedInPlaceAreLearntAnew) {
  EXPECT_TRUE(Apply(Table(1000, 850, 500), {NewData(300)}));
  EXPECT_TRUE(Apply(Table(1000), {NewData(300)}));
  EXPECT_EQ(Why(), "rows that it was trained on have changed or are gone: 150");
  EXPECT_FALSE(Apply(Table(1100), {NewData(300)}));
}

TEST_F(TrainingRowsTest, ACorrectionIsFoundThoughMoreRowsCameThanWent) {
  EXPECT_TRUE(Apply(Table(1000, 999, 500), {NewData(300)}));
  EXPECT_TRUE(Apply(Table(1200), {NewData(300)}));
  EXPECT_EQ(Why(), "rows that it was trained on have changed or are gone: 1");
}

TEST_F(TrainingRowsTest, CorrectionsWaitForTheCooldown) {
  constexpr int64_t kHour = 3'600'000'000'000;
  EXPECT_TRUE(Apply(Table(100, 50, 500), {NewData(300)}, kHour));
  EXPECT_FALSE(Apply(Table(100), {NewData(300)}, kHour));
  env_.now += std::chrono::hours(1);
  EXPECT_TRUE(Due());
  EXPECT_TRUE(Apply(Table(100), {NewData(300)}, kHour));
}

// Whether an order comes back is known weeks later.
TEST_F(TrainingRowsTest, ALabelThatBecomesKnownIsANewRowAndNoCorrection) {
  EXPECT_TRUE(Apply(Labelled(100, 40), {NewData(50)}));
  EXPECT_FALSE(Apply(Labelled(120, 80), {NewData(50)}));
  EXPECT_TRUE(Apply(Labelled(120, 90), {NewData(50)}));
  EXPECT_EQ(Why(), "50 new rows");
}

TEST_F(TrainingRowsTest, DriftIsThatOfTheRowsThatCameSince) {
  EXPECT_TRUE(Apply(Table(10'000), {Drift()}));
  EXPECT_FALSE(Apply(Table(10'500), {Drift()}));
  // Of all rows together these would be one in twenty: no drift to be seen.
  EXPECT_TRUE(Apply(Table(10'500, 10'000, 60), {Drift()}));
  EXPECT_TRUE(Why().starts_with("drift of x (psi ")) << Why();
}

TEST_F(TrainingRowsTest, ATimeIsSeenAsDrift) {
  EXPECT_TRUE(Apply(Table(10), {Cron("0 3 * * *")}));
  EXPECT_FALSE(Due());
  env_.now += std::chrono::hours(15);
  EXPECT_TRUE(Due());
  EXPECT_TRUE(Apply(Table(11), {Cron("0 3 * * *")}));
  EXPECT_FALSE(Due());
}

TEST_F(TrainingRowsTest, TheCooldownHoldsBackAndIsMadeUpFor) {
  constexpr int64_t kHour = 3'600'000'000'000;
  EXPECT_TRUE(Apply(Table(10), {NewData(1)}, kHour));
  EXPECT_FALSE(Apply(Table(20), {NewData(1)}, kHour));
  EXPECT_FALSE(Due());
  env_.now += std::chrono::hours(1);
  EXPECT_TRUE(Due());
  EXPECT_TRUE(Apply(Table(20), {NewData(1)}, kHour));
  EXPECT_FALSE(Due());
}

TEST_F(TrainingRowsTest, ATimeThatIsNoneIsRefusedBeforeAnythingIsDone) {
  ApplyRequest request;
  request.fields = Value::Record({{Symbol("triggers"), Value::List({Cron("at night")})}});
  auto forecast = kind_->Preview(context_, request);
  ASSERT_FALSE(forecast.has_value());
  EXPECT_EQ(forecast.error().kind, ErrorKind::kInput);
}

}  // namespace
}  // namespace opsc
