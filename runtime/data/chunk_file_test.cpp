#include "runtime/data/chunk_file.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/column/column_builder.h"
#include "runtime/data/arrow_library.h"
#include "runtime/data/testing/rows.h"

namespace opsc {
namespace {

using testing::SchemaOf;
using testing::Scratch;

// Batches of every type with nulls, and strings of many kinds of dictionaries.
std::vector<Batch> SomeBatches(const SchemaPtr& schema) {
  std::mt19937_64 random(11);
  std::vector<ColumnBuilder> builders;
  for (const RowField& field : schema->fields) builders.emplace_back(field.type);
  std::vector<Batch> batches;
  for (size_t rows : {1u, 64u, 1000u, 65536u, 65u}) {
    Batch batch{schema, rows, {}};
    for (size_t row = 0; row < rows; ++row) {
      for (size_t i = 0; i < builders.size(); ++i) {
        ColumnBuilder& to = builders[i];
        if (schema->fields[i].nullable && random() % 5 == 0) {
          to.AppendNull();
        } else if (to.type() == ColumnType::kString) {
          to.AppendText(std::to_string(random() % (rows > 1000 ? 70'000 : 50)));
        } else if (to.type() == ColumnType::kBool) {
          to.AppendBool(random() % 2 == 0);
        } else if (IsFloat(to.type())) {
          to.AppendFloat(static_cast<double>(random()) / 1e9);
        } else {
          to.AppendInt(static_cast<int64_t>(random() >> 2));
        }
      }
    }
    for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
    batches.push_back(std::move(batch));
  }
  return batches;
}

constexpr char kEveryType[] =
    "i:int f:float? s:string? t:time d:duration? z:size r:ratio b:bool? k:string";

class Batches : public BatchSource {
 public:
  Batches(SchemaPtr schema, std::vector<Batch> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  const SchemaPtr& schema() const override { return schema_; }
  Result<std::optional<Batch>> Next() override {
    if (next_ == batches_.size()) return std::optional<Batch>();
    return std::optional(batches_[next_++]);
  }

 private:
  SchemaPtr schema_;
  std::vector<Batch> batches_;
  size_t next_ = 0;
};

TEST(ChunkFile, GivesBackWhatWasWritten) {
  Scratch scratch;
  SchemaPtr schema = SchemaOf(kEveryType);
  std::vector<Batch> batches = SomeBatches(schema);
  auto writer = ChunkWriter::Open(scratch / "a.chunk", schema);
  ASSERT_TRUE(writer.has_value());
  for (const Batch& batch : batches) ASSERT_TRUE((*writer)->Add(batch).has_value());
  ASSERT_TRUE((*writer)->Close().has_value());
  auto chunk = ChunkFile::Open(scratch / "a.chunk");
  ASSERT_TRUE(chunk.has_value()) << chunk.error().message;
  EXPECT_EQ(*(*chunk)->schema(), *schema);
  EXPECT_EQ((*chunk)->rows(), 66'666u);
  ASSERT_EQ((*chunk)->batch_count(), batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    auto batch = (*chunk)->Read(i);
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    for (size_t j = 0; j < batches[i].columns.size(); ++j) {
      EXPECT_TRUE(Identical(batches[i].columns[j], batch->columns[j])) << i << " " << j;
    }
  }
}

TEST(ChunkFile, DamagedFilesAreRefused) {
  Scratch scratch;
  SchemaPtr schema = SchemaOf("i:int s:string");
  Batch batch = *BatchOf(schema, {});
  auto writer = ChunkWriter::Open(scratch / "a.chunk", schema);
  for (const Batch& each : SomeBatches(schema)) ASSERT_TRUE((*writer)->Add(each).has_value());
  ASSERT_TRUE((*writer)->Close().has_value());
  std::string whole = testing::Read(scratch / "a.chunk");
  std::mt19937 random(3);
  auto refused = [&](const std::string& bytes) {
    testing::Write(scratch / "b.chunk", bytes);
    auto chunk = ChunkFile::Open(scratch / "b.chunk");
    return !chunk.has_value() && chunk.error().kind == ErrorKind::kCorrupt;
  };
  EXPECT_FALSE(refused(whole));
  EXPECT_TRUE(refused(""));
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(refused(whole.substr(0, random() % whole.size())));
    std::string changed = whole;
    changed[changed.size() - 1 - random() % 500] ^= static_cast<char>(1 + random() % 255);
    EXPECT_TRUE(refused(changed));
  }
  EXPECT_FALSE(ChunkFile::Open(scratch / "none").has_value());
}

TEST(ChunkFile, FullDiskIsAnError) {
  auto writer = ChunkWriter::Open("/dev/full", SchemaOf("i:int"));
  ASSERT_TRUE(writer.has_value());
  Status closed = (*writer)->Close();
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().message, "cannot write /dev/full: No space left on device");
}

TEST(Parquet, GivesBackWhatWasWritten) {
  Scratch scratch;
  SchemaPtr schema = SchemaOf(kEveryType);
  std::vector<Batch> batches = SomeBatches(schema);
  Batches rows(schema, batches);
  Status written = WriteParquet(scratch / "a.parquet", rows);
  ASSERT_TRUE(written.has_value()) << written.error().message << " " << written.error().hint;
  EXPECT_EQ(*ParquetRows(scratch / "a.parquet"), 66'666);
  RejectLog log("a.parquet", "");
  ReadOptions options;
  options.format = FileFormat::kParquet;
  auto reader = OpenRows(scratch / "a.parquet", schema, options, log);
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  std::vector<std::string> wanted;
  for (const Batch& batch : batches) {
    for (size_t row = 0; row < batch.rows; ++row) wanted.push_back(ToText(RowAt(batch, row)));
  }
  size_t at = 0;
  for (;;) {
    auto batch = (*reader)->Next();
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    if (!*batch) break;
    for (size_t row = 0; row < (*batch)->rows; ++row) {
      ASSERT_EQ(ToText(RowAt(**batch, row)), wanted[at++]);
    }
  }
  EXPECT_EQ(at, wanted.size());
  EXPECT_EQ(log.rows(), 0u);
}

TEST(Parquet, BadFilesAndRows) {
  Scratch scratch;
  SchemaPtr wide = SchemaOf("id:int amount:float? name:string");
  auto batch = BatchOf(wide, {});
  ColumnBuilder ids(ColumnType::kInt), amounts(ColumnType::kFloat), names(ColumnType::kString);
  for (int64_t id : {1, 2, 2, 3}) ids.AppendInt(id);
  amounts.AppendFloat(1);
  amounts.AppendNull();
  amounts.AppendFloat(3);
  amounts.AppendFloat(-4);
  for (int i = 0; i < 4; ++i) names.AppendText("n");
  batch->columns = {ids.Finish(), amounts.Finish(), names.Finish()};
  batch->rows = 4;
  Batches rows(wide, {*batch});
  ASSERT_TRUE(WriteParquet(scratch / "a.parquet", rows).has_value());
  ReadOptions options;
  options.format = FileFormat::kParquet;
  auto schema = std::make_shared<RowSchema>(*SchemaOf("id:int@key amount:float name:string"));
  schema->fields[1].low = Value::Float(0);
  auto got = testing::ReadAll(scratch / "a.parquet", schema, options);
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.rows, (std::vector<std::string>{R"({ id: 1, amount: 1.0, name: "n" })",
                                                R"({ id: 2, amount: 3.0, name: "n" })"}));
  EXPECT_EQ(got.refused,
            (std::vector<std::string>{"a.parquet, row 2: amount: nothing, and it is not nullable",
                                      "a.parquet, row 4: amount: -4 is below 0.0"}));
  EXPECT_EQ(testing::ReadAll(scratch / "a.parquet", SchemaOf("id:string amount:float? name:string"),
                             options)
                .error,
            "a.parquet: the column `id` holds int64, and the row type says string");
  EXPECT_EQ(
      testing::ReadAll(scratch / "a.parquet", SchemaOf("id:int amount:float?"), options).error,
      "a.parquet has a column `name` that the row type does not have");
  std::string whole = testing::Read(scratch / "a.parquet");
  testing::Write(scratch / "cut.parquet", whole.substr(0, whole.size() / 2));
  std::string error = testing::ReadAll(scratch / "cut.parquet", wide, options).error;
  EXPECT_TRUE(error.starts_with("cut.parquet cannot be read as Parquet: ")) << error;
  testing::Write(scratch / "empty.parquet", "");
  error = testing::ReadAll(scratch / "empty.parquet", wide, options).error;
  EXPECT_TRUE(error.starts_with("empty.parquet cannot be read as Parquet: ")) << error;
}

}  // namespace
}  // namespace opsc
