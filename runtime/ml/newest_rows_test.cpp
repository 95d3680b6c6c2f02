#include "runtime/ml/newest_rows.h"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/column/column_builder.h"
#include "runtime/ml/training_table.h"

namespace opsc {
namespace {

// A parcel as it was known at a time.
struct Version {
  int64_t id;
  std::optional<int64_t> known;
  double weight;
  std::optional<bool> late;
};

RowSchema ParcelSchema() {
  RowSchema schema{
      "Parcel",
      {FieldOfType("id", ColumnType::kInt), FieldOfType("at", ColumnType::kTime),
       FieldOfType("known", ColumnType::kTime), FieldOfType("weight", ColumnType::kFloat),
       FieldOfType("late", ColumnType::kBool)}};
  schema.fields[0].roles.key = true;
  schema.fields[1].roles.event_time = true;
  schema.fields[2].roles.known_at = true;
  schema.fields[2].nullable = true;
  schema.fields[4].roles.label = true;
  schema.fields[4].nullable = true;
  return schema;
}

Batch Parcels(const RowSchema& schema, const std::vector<Version>& versions) {
  std::vector<ColumnBuilder> columns;
  for (const RowField& field : schema.fields) columns.emplace_back(field.type);
  for (const Version& v : versions) {
    columns[0].AppendInt(v.id);
    columns[1].AppendInt(v.id);
    v.known ? columns[2].AppendInt(*v.known) : columns[2].AppendNull();
    columns[3].AppendFloat(v.weight);
    v.late ? columns[4].AppendBool(*v.late) : columns[4].AppendNull();
  }
  Batch batch{std::make_shared<const RowSchema>(schema), versions.size(), {}};
  for (ColumnBuilder& column : columns) batch.columns.push_back(column.Finish());
  return batch;
}

std::vector<double> Weights(const std::vector<Batch>& batches) {
  std::vector<double> weights;
  for (const Batch& batch : batches) {
    const auto floats = batch.columns[3].floats();
    weights.insert(weights.end(), floats.begin(), floats.end());
  }
  return weights;
}

using Numbers = std::vector<double>;

TEST(NewestRows, TheLatestKnownStaysInItsPlace) {
  const RowSchema schema = ParcelSchema();
  const std::vector<Batch> rows = {
      Parcels(schema, {{1, 10, 0.1, true}, {2, 20, 0.2, true}, {3, 30, 0.3, true}}),
      Parcels(schema, {{3, 15, 3.1, true}, {1, 40, 1.1, false}}),
      Parcels(schema, {{1, 25, 1.2, true}, {4, 5, 0.4, true}})};
  EXPECT_EQ(Weights(NewestRows(rows)), (Numbers{0.2, 0.3, 1.1, 0.4}));
}

TEST(NewestRows, ABatchThatIsCorrectedAsAWholeIsGone) {
  const RowSchema schema = ParcelSchema();
  const auto kept = NewestRows(
      {Parcels(schema, {{1, std::nullopt, 0.1, true}}), Parcels(schema, {{1, -5, 0.2, true}})});
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(Weights(kept), (Numbers{0.2}));
}

TEST(NewestRows, WithOneClockALaterRowIsALaterEvent) {
  RowSchema schema = ParcelSchema();
  schema.fields[1].roles = {};
  schema.fields[2].roles.event_time = true;
  const std::vector<Version> versions = {{1, 10, 0.1, true}, {1, 20, 0.2, true}};
  EXPECT_EQ(Weights(NewestRows({Parcels(schema, versions)})), (Numbers{0.1, 0.2}));
  schema.fields[2].roles = {};
  EXPECT_EQ(Weights(NewestRows({Parcels(schema, versions)})), (Numbers{0.1, 0.2}));
  schema = ParcelSchema();
  schema.fields[0].roles = {};
  EXPECT_EQ(Weights(NewestRows({Parcels(schema, versions)})), (Numbers{0.1, 0.2}));
}

TEST(NewestRows, SeveralKeysAreOneKey) {
  RowSchema schema = ParcelSchema();
  schema.fields[3].roles.key = true;
  const std::vector<Version> versions = {
      {1, 10, 0.1, true}, {1, 20, 0.2, true}, {1, 30, 0.1, false}};
  EXPECT_EQ(Weights(NewestRows({Parcels(schema, versions)})), (Numbers{0.2, 0.1}));
}

TEST(NewestRows, AreWhatIsDividedAndTheOthersAreCounted) {
  std::vector<Version> first, second;
  for (int64_t id = 0; id < 100; ++id) {
    first.push_back({id, 1000 + id, 0.1, id % 2 == 0});
    second.push_back({id, 2000, 0.2, id < 10 ? std::nullopt : std::optional(id % 2 != 0)});
  }
  const RowSchema schema = ParcelSchema();
  TrainSpec spec;
  spec.split = {SplitSpec::Kind::kTime, 0.25, "", 7};
  ModelCard card;
  const auto table =
      MakeTrainingTable({Parcels(schema, first), Parcels(schema, second)}, spec, card);
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(card.superseded_rows, 100U);
  EXPECT_EQ(card.unlabelled_rows, 10U);  // the newest has no label: the one before is no label
  EXPECT_EQ(card.train_rows, 67U);
  EXPECT_EQ(card.test_rows, 23U);
  EXPECT_EQ(table->labels.front(), 0);  // of 10, as corrected
  EXPECT_EQ(Weights(table->rows), Numbers(90, 0.2));
}

}  // namespace
}  // namespace opsc
