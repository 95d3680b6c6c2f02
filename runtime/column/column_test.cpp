#include "runtime/column/column.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "runtime/column/batch.h"
#include "runtime/column/column_builder.h"
#include "runtime/column/kernel.h"

namespace opsc {
namespace {

Value Rec(std::vector<std::pair<std::string, Value>> fields) {
  std::vector<Field> out;
  for (auto& [name, value] : fields) out.emplace_back(Symbol(name), std::move(value));
  return Value::Record(std::move(out));
}

RowSchema Orders() {
  RowSchema schema;
  schema.name = "Order";
  schema.fields = {FieldOfType("id", ColumnType::kInt), FieldOfType("at", ColumnType::kTime),
                   FieldOfType("amount", ColumnType::kFloat),
                   FieldOfType("plan", ColumnType::kString)};
  schema.fields[0].roles.key = true;
  schema.fields[1].roles.event_time = true;
  schema.fields[1].roles.known_at = true;
  schema.fields[1].low = Value::Time(0);
  schema.fields[2].low = Value::Float(0.0);
  schema.fields[2].high = Value::Float(0.1);
  schema.fields[2].nullable = true;
  schema.fields[3].one_of = {Value::String("free"), Value::String("pro")};
  schema.fields[3].low = Value::Int(1);
  schema.fields[3].pattern = "[a-z]+";
  return schema;
}

TEST(Schema, JsonRoundTrip) {
  RowSchema schema = Orders();
  std::string text = ToJsonText(schema);
  EXPECT_NE(text.find(R"({"name":"at","type":"time","low":0,"roles":["event_time","known_at"]})"),
            std::string::npos)
      << text;
  auto back = SchemaFromJsonText(text);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, schema);
  EXPECT_EQ(DigestOf(*back), DigestOf(schema));
  schema.fields[2].nullable = false;
  EXPECT_NE(DigestOf(*back), DigestOf(schema));
}

TEST(Schema, BadJsonIsRefused) {
  for (const char* text : {"", "[]", "{}", R"({"fields":1})", R"({"fields":[{"name":"a"}]})",
                           R"({"fields":[{"name":"a","type":"money"}]})",
                           R"({"fields":[{"name":"a","type":"int","low":"x"}]})",
                           R"({"fields":[{"name":"a","type":"string","one_of":3}]})",
                           R"({"fields":[{"name":"a","type":"string","one_of":[3]}]})",
                           R"({"fields":[{"name":"a","type":"int","roles":["boss"]}]})"}) {
    EXPECT_FALSE(SchemaFromJsonText(text).has_value()) << text;
  }
}

TEST(Schema, Roles) {
  RowSchema schema = Orders();
  EXPECT_EQ(schema.Keys(), std::vector<size_t>{0});
  EXPECT_EQ(schema.EventTime(), 1u);
  EXPECT_EQ(schema.KnownAt(), 1u);
  EXPECT_EQ(schema.Label(), std::nullopt);
  EXPECT_EQ(schema.Find("plan"), 3u);
}

TEST(Column, BuiltValueByValue) {
  ColumnBuilder builder(ColumnType::kInt);
  for (int i = 0; i < 1000; ++i) {
    if (i % 3 == 0) {
      builder.AppendNull();
    } else {
      builder.AppendInt(i);
    }
  }
  builder.AppendInt(7);
  builder.RemoveLast();
  Column column = builder.Finish();
  ASSERT_EQ(column.rows, 1000u);
  EXPECT_EQ(column.NullCount(), 334u);
  EXPECT_TRUE(column.IsNull(999));
  EXPECT_EQ(column.ints()[999], 0) << "the value of a null is 0";
  EXPECT_EQ(ValueAt(column, 998), Value::Int(998));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(column.values.data()) % 64, 0u);
  EXPECT_EQ(builder.rows(), 0u);
}

TEST(Column, StringsShareADictionaryUntilItIsLarge) {
  ColumnBuilder builder(ColumnType::kString);
  builder.AppendText("a");
  builder.AppendText("b");
  builder.AppendText("a");
  Column first = builder.Finish();
  EXPECT_EQ(first.dictionary->size(), 2u);
  EXPECT_EQ(first.text(2), "a");
  builder.AppendText("b");
  Column second = builder.Finish();
  EXPECT_EQ(second.dictionary, first.dictionary);
  EXPECT_EQ(second.codes()[0], 1);
  for (size_t i = 0; i <= ColumnBuilder::kMaxDictionarySize; ++i) {
    builder.AppendText(std::to_string(i));
  }
  Column large = builder.Finish();
  EXPECT_EQ(large.text(70), "70");
  builder.AppendText("z");
  EXPECT_EQ(builder.Finish().dictionary->size(), 1u);
}

TEST(Column, NullStringsHaveACode) {
  ColumnBuilder builder(ColumnType::kString);
  builder.AppendNull();
  Column column = builder.Finish();
  EXPECT_EQ(column.dictionary->size(), 1u);
  EXPECT_TRUE(ValueAt(column, 0).is_null());
  EXPECT_EQ(column.text(0), "");
}

TEST(Column, DictionariesNumberDistinctStrings) {
  DictionaryBuilder builder;
  std::mt19937 random(7);
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) {
    texts.push_back(std::string(random() % 24, static_cast<char>('a' + random() % 3)));
  }
  std::vector<int32_t> codes;
  for (const std::string& text : texts) codes.push_back(builder.Add(text));
  DictionaryPtr dictionary = builder.Snapshot();
  EXPECT_EQ(dictionary->size(), std::set(texts.begin(), texts.end()).size());
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ((*dictionary)[codes[i]], texts[i]);
    EXPECT_EQ(dictionary->Find(texts[i]), codes[i]);
  }
  EXPECT_EQ(dictionary->Find("nothing"), std::nullopt);
}

TEST(Column, SlicesShareAndKeepTheirNulls) {
  Column column = Column::Zeroed(ColumnType::kFloat, 200);
  for (size_t i = 0; i < 200; ++i) column.writable_floats()[i] = static_cast<double>(i);
  column.SetNull(130);
  column.SetNull(199);
  Column slice = Slice(column, 128, 30);
  EXPECT_EQ(slice.rows, 30u);
  EXPECT_EQ(slice.NullCount(), 1u);
  EXPECT_TRUE(slice.IsNull(2));
  EXPECT_EQ(slice.floats()[3], 131.0);
  EXPECT_EQ(static_cast<const void*>(slice.floats().data()), column.floats().data() + 128);
  EXPECT_DEATH(column.writable_floats(), "shared");
  EXPECT_EQ(Slice(column, 192, 8).NullCount(), 1u);
  EXPECT_EQ(Slice(column, 0, 0).rows, 0u);
}

TEST(Column, TakesRowsInAnyOrder) {
  ColumnBuilder builder(ColumnType::kString);
  for (const char* text : {"a", "b", "c"}) builder.AppendText(text);
  builder.AppendNull();
  Column taken = Take(builder.Finish(), std::vector<uint32_t>{3, 2, 0, 2});
  ASSERT_EQ(taken.rows, 4u);
  EXPECT_TRUE(taken.IsNull(0));
  EXPECT_EQ(taken.text(1), "c");
  EXPECT_EQ(taken.text(2), "a");
  EXPECT_EQ(taken.text(3), "c");
}

TEST(Column, IdenticalLooksAtBits) {
  auto of = [](double value) {
    Column column = Column::Zeroed(ColumnType::kFloat, 1);
    column.writable_floats()[0] = value;
    return column;
  };
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(Identical(of(nan), of(nan)));
  EXPECT_FALSE(Identical(of(0.0), of(-0.0)));
  Column null = of(0.0);
  null.SetNull(0);
  EXPECT_FALSE(Identical(of(0.0), null));
}

TEST(Batch, OfRecords) {
  auto schema = std::make_shared<const RowSchema>(Orders());
  std::vector<Value> rows = {
      Rec({{"id", Value::Int(1)},
           {"at", Value::Time(5)},
           {"amount", Value::Int(2)},
           {"plan", Value::String("pro")}}),
      Rec({{"id", Value::Int(2)}, {"at", Value::Time(6)}, {"plan", Value::String("free")}})};
  auto batch = BatchOf(schema, rows);
  ASSERT_TRUE(batch.has_value()) << batch.error().message;
  EXPECT_EQ(batch->rows, 2u);
  EXPECT_EQ(*RowAt(*batch, 0).Find("amount"), Value::Float(2.0));
  EXPECT_TRUE(RowAt(*batch, 1).Find("amount")->is_null());
  EXPECT_EQ(*RowAt(Slice(*batch, 0, 1), 0).Find("plan"), Value::String("pro"));
}

TEST(Batch, RecordsThatDoNotFitAreRefused) {
  auto schema = std::make_shared<const RowSchema>(Orders());
  auto refused = [&](Value row) {
    auto batch = BatchOf(schema, std::vector{std::move(row)});
    return batch.has_value() ? "" : batch.error().message;
  };
  EXPECT_EQ(refused(Rec({{"id", Value::Int(1)}})), "`at` is missing");
  EXPECT_EQ(refused(Rec({{"size", Value::Int(1)}})), "`size` is no field of the row");
  EXPECT_EQ(refused(Rec({{"id", Value::Float(1.5)}})), "`id` is of type int, not 1.5");
  EXPECT_EQ(refused(Value::Int(1)), "a row is a record, not 1");
}

TEST(Batch, SelectFindsColumnsByName) {
  auto schema = std::make_shared<const RowSchema>(Orders());
  Batch batch = *BatchOf(schema, {});
  auto wanted = std::make_shared<RowSchema>();
  wanted->fields = {FieldOfType("plan", ColumnType::kString), FieldOfType("id", ColumnType::kInt)};
  auto some = Select(batch, wanted);
  ASSERT_TRUE(some.has_value());
  EXPECT_EQ(some->columns[1].type, ColumnType::kInt);
  wanted->fields[1].type = ColumnType::kFloat;
  EXPECT_EQ(Select(batch, wanted).error().message, "column `id` is of type int, not float");
  wanted->fields[1].name = "x";
  EXPECT_EQ(Select(batch, wanted).error().message, "there is no column `x`");
}

}  // namespace
}  // namespace opsc
