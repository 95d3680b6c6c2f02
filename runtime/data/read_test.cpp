#include "runtime/data/read.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/testing/rows.h"

namespace opsc {
namespace {

using testing::ReadAll;
using testing::ReadOutcome;
using testing::SchemaOf;
using testing::Scratch;
using testing::Write;
using Lines = std::vector<std::string>;

ReadOutcome Csv(std::string_view text, SchemaPtr schema, ReadOptions options = {}) {
  Scratch scratch;
  std::string path = scratch / "a.csv";
  Write(path, text);
  return ReadAll(path, std::move(schema), options);
}

ReadOutcome JsonLines(std::string_view text, SchemaPtr schema, ReadOptions options = {}) {
  Scratch scratch;
  std::string path = scratch / "a.jsonl";
  Write(path, text);
  options.format = FileFormat::kJsonLines;
  return ReadAll(path, std::move(schema), options);
}

TEST(Csv, HeaderInAnyOrderQuotesMarkAndLineEnds) {
  auto got = Csv("\xEF\xBB\xBFname,id\r\n\"a, \"\"b\"\"\",1\r\n\"two\nlines\",2\n\nplain \"q\",3",
                 SchemaOf("id:int@key name:string"));
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows, (Lines{R"({ id: 1, name: "a, \"b\"" })", R"({ id: 2, name: "two\nlines" })",
                             R"({ id: 3, name: "plain \"q\"" })"}));
  EXPECT_EQ(got.refused, Lines{});
  EXPECT_EQ(got.quarantine, "");
}

TEST(Csv, EveryTypeIsReadAsItIsSpelled) {
  auto got =
      Csv("b,i,f,s,t,d,z,r\n"
          "true, -7 ,1e-3,x,2026-11-23T11:53:00.5+01:00,1h30min,4GiB,30%\n"
          "F,+9223372036854775807,.5,,2026-11-23,0:00:01.25,17,0.25\n",
          SchemaOf("b:bool i:int f:float s:string t:time d:duration z:size r:ratio"));
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.refused, Lines{});
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_NE(got.rows[0].find("d: 90min"), std::string::npos) << got.rows[0];
  EXPECT_NE(got.rows[0].find("z: 4GiB"), std::string::npos) << got.rows[0];
  EXPECT_NE(got.rows[1].find("9223372036854775807"), std::string::npos) << got.rows[1];
}

TEST(Csv, WhatDoesNotFitIsToldWithItsPlaceAndKept) {
  auto schema = std::make_shared<RowSchema>(
      *SchemaOf("id:int@key amount:float plan:string code:string at:time@event_time"));
  schema->fields[1].low = Value::Float(0.0);
  schema->fields[2].one_of = {Value::String("free"), Value::String("pro")};
  schema->fields[3].pattern = "[a-z]+";
  schema->fields[3].high = Value::Int(3);
  ReadOptions options;
  options.now_ns = 1'800'000'000'000'000'000;
  auto got =
      Csv("id,amount,plan,code,at\n"
          "1,1.5,free,ab,2020-01-01\n"
          "x,-3,best,AB,2020-01-01\n"
          "2,1.5,pro,abcd,2020-01-01\n"
          "3,nan,pro,a,2020-01-01\n"
          "4,,pro,a,2020-01-01\n"
          "5,1,pro\n"
          "6,1,pro,a,2199-01-01\n"
          "1,1,pro,a,2020-02-01\n"
          "7,1,pr\xC3,a,2020-01-01\n"
          "8,99999999999999999999,pro,a,2020-13-01\n"
          "9,1,\"pro\"x,a,2020-01-01\n"
          "10,2.5,pro,a,2020-01-01\n",
          schema, options);
  EXPECT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.rows_read, 12u);
  EXPECT_EQ(
      got.refused,
      (Lines{"a.csv:3: id: `x` is no int", "a.csv:4: code: `abcd` has 4 characters, more than 3",
             "a.csv:5: amount: nan is no finite number",
             "a.csv:6: amount: nothing, and it is not nullable",
             "a.csv:7: 3 cells where 5 are wanted",
             "a.csv:8: at: 2199-01-01T00:00:00.000Z is in the future",
             "a.csv:9: id: an earlier row of the file has the same key",
             "a.csv:10: plan: `pr\\xc3` is not UTF-8", "a.csv:11: at: `2020-13-01` is no time",
             "a.csv:12: text behind a closing quote"}));
  std::string first = got.quarantine.substr(0, got.quarantine.find('\n'));
  auto json = nlohmann::json::parse(first);
  EXPECT_EQ(json["row"], 2);
  EXPECT_EQ(json["line"], 3);
  EXPECT_EQ(json["errors"].size(), 4u) << first;
  EXPECT_EQ(json["errors"][1]["message"], "-3 is below 0.0");
  EXPECT_EQ(json["cells"]["plan"], "best");
}

TEST(Csv, NullsAreThoseThatAreSpelledSo) {
  ReadOptions options;
  options.nulls = {"", "NA"};
  auto got = Csv("a,b\nNA,\n\"NA\",\"\"\n3,4\n", SchemaOf("a:string? b:int?"), options);
  EXPECT_EQ(got.rows, (Lines{"{ a: null, b: null }", R"({ a: "3", b: 4 })"}));
  EXPECT_EQ(got.refused, Lines{"a.csv:3: b: `` is no int"});
  got = Csv("a,b\n,1\n", SchemaOf("a:string b:int"), options);
  EXPECT_EQ(got.rows, Lines{R"({ a: "", b: 1 })"}) << "an empty cell of a `string` is empty text";
}

TEST(Csv, NotFiniteNumbersAreWhatTheOptionSays) {
  ReadOptions options;
  options.not_finite = NotFinite::kNull;
  EXPECT_EQ(Csv("a\nNaN\n", SchemaOf("a:float?"), options).rows, Lines{"{ a: null }"});
  options.not_finite = NotFinite::kKeep;
  EXPECT_EQ(Csv("a\n-inf\nnan\n", SchemaOf("a:float?"), options).rows.size(), 2u);
}

TEST(Csv, ColumnsThatChangedAreAnErrorOfTheFile) {
  auto schema = SchemaOf("id:int amount:float note:string?");
  EXPECT_EQ(Csv("id,amuont\n1,2\n", schema).error,
            "a.csv has a column `amuont` that the row type does not have (near: `amount`)");
  EXPECT_EQ(Csv("id\n1\n", schema).error, "a.csv has no column `amount`");
  EXPECT_EQ(Csv("id,a\x1B[31mount\n1,2\n", schema).error,
            "a.csv has a column `a?[31mount` that the row type does not have");
  EXPECT_EQ(Csv("id,amou\x07nt\n1,2\n", schema, {.other_columns = OtherColumns::kIgnore}).error,
            "a.csv has no column `amount` (near: `amou?nt`)");
  EXPECT_EQ(Csv("id;\x1B]0;x\n1;2\n", schema).error,
            "a.csv has one column, `id;?]0;x`, where there seem to be several");
  EXPECT_EQ(Csv("id,amount,id\n1,2,3\n", schema).error, "a.csv has two columns `id`");
  EXPECT_EQ(Csv("", schema).error, "a.csv is empty: not even a header");
  EXPECT_EQ(Csv("id,amount\n", schema).error, "");
  EXPECT_EQ(Csv("id,amount\n1,2\n", schema).rows, Lines{"{ id: 1, amount: 2.0, note: null }"});
  EXPECT_EQ(Csv(std::string_view("\xFF\xFEi\0d\0", 6), schema).error, "a.csv is UTF-16, not UTF-8");
  ReadOptions ignore;
  ignore.other_columns = OtherColumns::kIgnore;
  EXPECT_EQ(Csv("x,id,amount\n9,1,2\n", schema, ignore).rows.size(), 1u);
}

TEST(Csv, CutFilesLoseOnlyWhatIsCut) {
  auto got = Csv("a,b\n1,2\n3", SchemaOf("a:int b:int"));
  EXPECT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.refused, Lines{"a.csv:3: 1 cell where 2 are wanted"});
  got = Csv("a,b\n1,\"2\n3,4\n", SchemaOf("a:int b:int"));
  EXPECT_EQ(got.refused, Lines{"a.csv:2: a quote is opened here and never closed"});
  EXPECT_EQ(got.rows, Lines{"{ a: 3, b: 4 }"}) << "the line behind is read";
}

TEST(Csv, RowsAreTheSameWhereverBlocksOfTheFileEnd) {
  std::string text = "id,name\n";
  for (int i = 0; i < 60'000; ++i) {
    std::string name(static_cast<size_t>(i % 97), static_cast<char>('a' + i % 26));
    text += i % 3 == 0 ? fmt::format("{},\"{}\"\"\r\n,\"\r\n", i, name)
                       : fmt::format("{},{}\n", i, name);
  }
  auto got = Csv(text, SchemaOf("id:int@key name:string"));
  EXPECT_EQ(got.refused, Lines{});
  ASSERT_EQ(got.rows.size(), 60'000u);
  for (int i = 0; i < 60'000; ++i) {
    std::string name(static_cast<size_t>(i % 97), static_cast<char>('a' + i % 26));
    if (i % 3 == 0) name += "\\\"\\r\\n,";
    ASSERT_EQ(got.rows[static_cast<size_t>(i)], fmt::format("{{ id: {}, name: \"{}\" }}", i, name));
  }
}

TEST(Csv, HugeCells) {
  std::string huge(5 << 20, 'x');
  auto got = Csv("a,b\n" + huge + ",1\ny,2\n", SchemaOf("a:string b:int"));
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_GT(got.rows[0].size(), huge.size());
}

TEST(Csv, LaterKnowledgeIsNoDuplicate) {
  auto schema = SchemaOf("id:int@key at:time@event_time seen:time@known_at");
  auto got =
      Csv("id,at,seen\n1,2020-01-01,2020-01-02\n1,2020-01-01,2020-01-05\n"
          "1,2020-01-01,2020-01-05\n2,2020-01-03,2020-01-01\n",
          schema);
  EXPECT_EQ(got.rows.size(), 2u);
  EXPECT_EQ(got.refused, (Lines{"a.csv:4: id, seen: an earlier row of the file has the same key",
                                "a.csv:5: seen: known before `at` says that it happened"}));
}

TEST(Csv, NoHeaderAndAnotherDelimiter) {
  ReadOptions options;
  options.header = false;
  options.delimiter = ';';
  EXPECT_EQ(Csv("1;a,b\n", SchemaOf("id:int name:string"), options).rows,
            Lines{R"({ id: 1, name: "a,b" })"});
}

TEST(Csv, ManyColumns) {
  constexpr int kColumns = 100'000;
  auto schema = std::make_shared<RowSchema>();
  std::string text;
  for (int i = 0; i < kColumns; ++i) {
    RowField field;
    field.name = fmt::format("c{}", i);
    schema->fields.push_back(field);
    text += fmt::format("{}c{}", i == 0 ? "" : ",", i);
  }
  for (int row = 0; row < 3; ++row) {
    text += "\n7";
    for (int i = 1; i < kColumns; ++i) text += ",1";
  }
  auto got = Csv(text, schema);
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows.size(), 3u);
}

TEST(JsonLines, RowsInAnyOrderOfFields) {
  auto got = JsonLines(
      "{\"id\":1,\"f\":2,\"s\":\"a\\n\\u00e9\",\"b\":true,\"t\":\"2020-01-01T00:00:00Z\"}\n\n"
      "  {\"b\":false, \"s\":\"\", \"f\":1.5e3, \"id\":-2, \"t\":\"2020-01-01\"}",
      SchemaOf("id:int@key s:string f:float b:bool t:time n:int?"));
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.refused, Lines{});
  ASSERT_EQ(got.rows.size(), 2u);
  EXPECT_TRUE(got.rows[0].starts_with(R"({ id: 1, s: "a\né", f: 2.0, b: true)")) << got.rows[0];
  EXPECT_TRUE(got.rows[1].starts_with(R"({ id: -2, s: "", f: 1500.0, b: false)")) << got.rows[1];
}

TEST(JsonLines, AFieldIsNamedWithoutControlCharacters) {
  auto got = JsonLines("{\"id\":1,\"\\u001b[31mx\":1}\n", SchemaOf("id:int"));
  EXPECT_EQ(got.refused, Lines{"a.jsonl:1: ?[31mx: no field of the row type"});
  EXPECT_NE(got.quarantine.find("\\u001b[31mx"), std::string::npos) << got.quarantine;
}

TEST(JsonLines, WhatDoesNotFitIsToldAndKept) {
  auto got = JsonLines(
      "{\"id\":1,\"f\":1.5}\n"
      "{\"id\":\"1\",\"f\":1}\n"
      "{\"id\":1.5,\"f\":1}\n"
      "{\"id\":2}\n"
      "{\"id\":3,\"f\":null}\n"
      "{\"id\":4,\"f\":NaN}\n"
      "{\"id\":5,\"f\":1,\"x\":[1,{}]}\n"
      "{\"id\":6,\"f\":1\n"
      "[1]\n"
      "{\"id\":7,\"id\":7,\"f\":1}\n"
      "{\"id\":1,\"f\":2}\n"
      "{\"id\":8,\"f\":\"\xFF\"}\n"
      "{\"id\":9,\"f\":1} {}\n"
      "{\"id\":99999999999999999999,\"f\":1}\n"
      "{\"id\":10,\"f\":{\"a\":1}}\n"
      "{\"id\":11,\"f\":0}\n",
      SchemaOf("id:int@key f:float"));
  EXPECT_EQ(got.rows, (Lines{"{ id: 1, f: 1.5 }", "{ id: 11, f: 0.0 }"}));
  ASSERT_EQ(got.refused.size(), 14u);
  EXPECT_EQ(got.refused[0], "a.jsonl:2: id: `\"1\"` is no int");
  EXPECT_EQ(got.refused[1], "a.jsonl:3: id: `1.5` is no int");
  EXPECT_EQ(got.refused[2], "a.jsonl:4: f: nothing, and it is not nullable");
  EXPECT_EQ(got.refused[4], "a.jsonl:6: f: nan is no finite number");
  EXPECT_EQ(got.refused[5], "a.jsonl:7: x: no field of the row type");
  EXPECT_TRUE(got.refused[6].starts_with("a.jsonl:8: no JSON object")) << got.refused[6];
  EXPECT_EQ(got.refused[8], "a.jsonl:10: id: stands twice in the row");
  EXPECT_EQ(got.refused[9], "a.jsonl:11: id: an earlier row of the file has the same key");
  EXPECT_EQ(got.refused[10], "a.jsonl:12: the line is not UTF-8");
  EXPECT_EQ(got.refused[11], "a.jsonl:13: text behind the object");
  size_t lines = 0;
  for (size_t at = 0; at < got.quarantine.size(); at = got.quarantine.find('\n', at) + 1) {
    std::string line = got.quarantine.substr(at, got.quarantine.find('\n', at) - at);
    EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded()) << line;
    ++lines;
  }
  EXPECT_EQ(lines, 14u);
}

}  // namespace
}  // namespace opsc
