// Rows put together cell by cell: whole and right, or not at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/column/batch.h"
#include "runtime/column/column_builder.h"
#include "runtime/data/field_rule.h"
#include "runtime/data/key_set.h"
#include "runtime/data/read.h"

namespace opsc {

// Takes the cells of a row in any order, each field once, then the row is ended: it joins the
// batch, or its errors are told and nothing of it stays.
class RowBuilder {
 public:
  RowBuilder(SchemaPtr schema, const ReadOptions& options);

  const SchemaPtr& schema() const { return schema_; }
  // A cell as text, by the type of its field. `quoted`: it is no spelling of null.
  void PutText(size_t field, std::string_view text);
  void PutString(size_t field, std::string_view text);  // a string column; any bytes
  void PutInt(size_t field, int64_t value);             // int64 columns, by their rule
  void PutFloat(size_t field, double value);
  void PutBool(size_t field, bool value);
  void PutNull(size_t field);
  void PutWrongType(size_t field, std::string_view seen);
  void AddError(CellError error) { errors_.push_back(std::move(error)); }

  // True: the row is in. False: `errors()` say why not, until the next row begins.
  bool EndRow();
  const std::vector<CellError>& errors() const { return errors_; }
  void BeginRow() { errors_.clear(); }

  size_t rows() const { return rows_; }
  bool full() const { return rows_ >= max_rows_ || byte_size_ >= kMaxBytes; }
  Batch Finish();

 private:
  // What is known of the strings of a column, by their number.
  enum class Known : uint8_t { kNot, kGood, kBad };
  static constexpr size_t kMaxBytes = 64 << 20;

  void Rollback();
  bool CheckOrder();
  bool CheckKey();

  SchemaPtr schema_;
  std::vector<FieldRule> rules_;
  std::vector<ColumnBuilder> builders_;
  std::vector<std::vector<Known>> known_;
  std::vector<CellError> errors_;
  std::vector<size_t> identity_;
  KeySet keys_;
  std::optional<size_t> event_time_;  // set where event and knowledge are two fields
  std::optional<size_t> known_at_;
  size_t rows_ = 0;
  size_t max_rows_;
  size_t byte_size_ = 0;  // of the strings of this batch
};

}  // namespace opsc
