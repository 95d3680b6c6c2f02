#include "runtime/data/snapshot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/infer.h"
#include "runtime/data/natural_name.h"
#include "runtime/data/row_diff.h"
#include "runtime/data/testing/rows.h"

namespace opsc {
namespace {

using testing::SchemaOf;
using testing::Scratch;
using testing::Write;

// Makes a chunk of each text, in a directory of its own.
SnapshotSpec ChunksOf(const Scratch& scratch, const SchemaPtr& schema,
                      const std::vector<std::string>& texts) {
  SnapshotSpec spec;
  spec.dataset = "orders";
  spec.schema = schema;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string name = std::to_string(i + 1);
    Write(scratch / (name + ".csv"), texts[i]);
    std::filesystem::create_directory(scratch / name);
    ChunkSpec chunk{scratch / (name + ".csv"), schema, {}};
    auto made = MakeChunk(chunk, scratch / name);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    spec.chunks.emplace_back(name + ".csv", scratch / name);
  }
  return spec;
}

std::vector<std::string> RowsOf(const std::string& manifest) {
  auto snapshot = ReadSnapshot(manifest);
  EXPECT_TRUE(snapshot.has_value()) << snapshot.error().message;
  auto source = OpenSnapshot(*snapshot, "");
  std::vector<std::string> rows;
  while (true) {
    auto batch = (*source)->Next();
    EXPECT_TRUE(batch.has_value()) << batch.error().message;
    if (!batch || !*batch) return rows;
    for (size_t row = 0; row < (*batch)->rows; ++row) rows.push_back(ToText(RowAt(**batch, row)));
  }
}

TEST(Snapshot, RowsOfAllFilesOnceEachKey) {
  Scratch scratch;
  SchemaPtr schema = SchemaOf("id:int@key v:string");
  SnapshotSpec spec =
      ChunksOf(scratch, schema, {"id,v\n1,a\n2,b\n", "id,v\n3,c\n", "id,v\n2,x\n4,d\n"});
  spec.limit.rows = 1;
  auto made = MakeSnapshot(spec, nullptr, scratch / ".");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_NE(
      made->find("3.csv, row 1 of those that fit: an earlier file has a row with the same key"),
      std::string::npos)
      << *made;
  EXPECT_EQ(RowsOf(scratch / "snapshot.json"),
            (std::vector<std::string>{R"({ id: 1, v: "a" })", R"({ id: 2, v: "b" })",
                                      R"({ id: 3, v: "c" })", R"({ id: 4, v: "d" })"}));
  EXPECT_EQ(ReadSnapshot(scratch / "snapshot.json")->rejected, 1u);
}

TEST(Snapshot, MoreRefusedRowsThanTheLimitDenyIt) {
  Scratch scratch;
  SchemaPtr schema = SchemaOf("id:int@key v:float");
  SnapshotSpec spec = ChunksOf(scratch, schema, {"id,v\n1,a\n2,2\n", "id,v\n3,c\n4,4\n"});
  auto made = MakeSnapshot(spec, nullptr, scratch / ".");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().kind, ErrorKind::kDenied);
  EXPECT_TRUE(made.error().message.starts_with(
      "2 of 4 rows of `orders` do not fit, and `limit` allows 0:\n           2 type in `v`\n"))
      << made.error().message;
  spec.limit.ratio = 0.5;
  EXPECT_TRUE(MakeSnapshot(spec, nullptr, scratch / ".").has_value());
  spec.limit.ratio = 0.49;
  EXPECT_FALSE(MakeSnapshot(spec, nullptr, scratch / ".").has_value());
}

TEST(Snapshot, SpecsAreTheSameAfterJson) {
  Scratch scratch;
  ChunkSpec chunk{"data/1.csv", SchemaOf("id:int@key v:float?"), {}};
  chunk.options.delimiter = ';';
  chunk.options.nulls = {"", "NA"};
  chunk.options.not_finite = NotFinite::kNull;
  chunk.options.other_columns = OtherColumns::kIgnore;
  auto back = ChunkSpecFromJson(ToJson(chunk));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(ToJson(*back), ToJson(chunk));
  SnapshotSpec spec{"orders", chunk.schema, {3, 0.1}, {{"few", "{}"}}, {{"a.csv", "x"}}};
  auto again = SnapshotSpecFromJson(ToJson(spec));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(ToJson(*again), ToJson(spec));
}

TEST(Snapshot, DamagedManifestsAreRefused) {
  Scratch scratch;
  for (const char* text : {"", "{}", "[]", R"({"format":"opsc.dataset/1"})",
                           R"({"format":"opsc.dataset/1","schema":{"fields":[]},"chunks":[1]})"}) {
    Write(scratch / "m.json", text);
    EXPECT_FALSE(ReadSnapshot(scratch / "m.json").has_value()) << text;
  }
}

TEST(NaturalNames, CountAsPeopleDo) {
  EXPECT_TRUE(NaturalLess("a/2.csv", "a/10.csv"));
  EXPECT_FALSE(NaturalLess("a/10.csv", "a/2.csv"));
  EXPECT_TRUE(NaturalLess("a/9", "b/1"));
  EXPECT_TRUE(NaturalLess("1", "1a"));
  EXPECT_FALSE(NaturalLess("x", "x"));
  EXPECT_TRUE(NaturalLess("01", "1") != NaturalLess("1", "01"));
}

TEST(Infer, TypesNullsKeysAndValues) {
  Scratch scratch;
  std::string text = "id;when;amount;plan;note\n";
  for (int i = 0; i < 50; ++i) {
    text += fmt::format("{};2026-01-{:02}T00:00:00Z;{};{};{}\n", i, i % 28 + 1,
                        i == 7 ? "NA" : std::to_string(i * 0.5), i % 2 == 0 ? "free" : "pro",
                        i == 3 ? "" : "n" + std::to_string(i));
  }
  Write(scratch / "a.csv", text);
  auto rows = InferRows(scratch / "a.csv");
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->fields.size(), 5u);
  EXPECT_EQ(rows->options.delimiter, ';');
  EXPECT_EQ(rows->options.nulls, (std::vector<std::string>{"", "NA"}));
  EXPECT_EQ(rows->fields[0].field.type, ColumnType::kInt);
  EXPECT_TRUE(rows->fields[0].distinct);
  EXPECT_EQ(rows->fields[1].field.type, ColumnType::kTime);
  EXPECT_EQ(rows->fields[2].field.type, ColumnType::kFloat);
  EXPECT_TRUE(rows->fields[2].field.nullable);
  EXPECT_EQ(rows->fields[3].values, (std::vector<std::string>{"free", "pro"}));
  EXPECT_TRUE(rows->fields[4].field.nullable);
  auto read = testing::ReadAll(scratch / "a.csv", SchemaOf(*rows), rows->options);
  EXPECT_EQ(read.refused, std::vector<std::string>{});
  EXPECT_EQ(read.rows.size(), 50u);
}

TEST(Infer, JsonLinesByTheirOwnTypes) {
  Scratch scratch;
  Write(scratch / "a.jsonl",
        "{\"a\":1,\"b\":\"5\",\"c\":true}\n{\"a\":2.5,\"b\":\"x\",\"t\":\"2026-01-01\"}\n");
  auto rows = InferRows(scratch / "a.jsonl");
  ASSERT_TRUE(rows.has_value());
  auto read = testing::ReadAll(scratch / "a.jsonl", SchemaOf(*rows), rows->options);
  EXPECT_EQ(read.refused, std::vector<std::string>{});
  EXPECT_EQ(read.rows.size(), 2u);
}

TEST(TableDiff, RowsByKeyAndDriftOfColumns) {
  Scratch scratch;
  Write(scratch / "a.csv", "id,v,p\n1,1,x\n2,2,x\n3,3,y\n");
  Write(scratch / "b.csv", "id,v,q\n2,2,x\n3,4,y\n4,5,y\n5,6,y\n");
  RejectLog log("", "");
  auto a = OpenRows(scratch / "a.csv", SchemaOf("id:int v:float p:string"), {}, log);
  auto b = OpenRows(scratch / "b.csv", SchemaOf("id:int v:float q:string"), {}, log);
  auto diff = DiffTables(**a, **b, {"id"});
  ASSERT_TRUE(diff.has_value()) << diff.error().message;
  EXPECT_EQ(diff->added, 2u);
  EXPECT_EQ(diff->removed, 1u);
  EXPECT_EQ(diff->changed, 1u);
  EXPECT_EQ(diff->only_before, std::vector<std::string>{"p"});
  EXPECT_EQ(diff->only_after, std::vector<std::string>{"q"});
  EXPECT_EQ(diff->columns[1].changed, 1u);
  EXPECT_NEAR(*diff->columns[1].wasserstein, 2.25, 1e-12);
}

}  // namespace
}  // namespace opsc
