#include "runtime/column/column_builder.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace opsc {

namespace {

// The memory of so many rows is used again for the next column where the last one is gone by then.
constexpr size_t kMaxKeptRows = 4096;

}  // namespace

ColumnBuilder::ColumnBuilder(ColumnType type) : width_(WidthOf(type)) {
  column_.type = type;
}

void ColumnBuilder::Grow() {
  if (capacity_ == 0) column_.values.Reset(0);
  capacity_ = std::max<size_t>(8, capacity_ * 2);
  column_.values.Resize(capacity_ * width_);
  at_ = column_.values.Writable<std::byte>().data();
}

void ColumnBuilder::AppendNull() {
  nulls_.push_back(static_cast<uint32_t>(rows_));
  switch (width_) {
    case sizeof(uint8_t):
      return Put(uint8_t{0});
    case sizeof(int32_t):
      return Put(int32_t{0});
    default:
      return Put(int64_t{0});
  }
}

bool ColumnBuilder::AppendValue(const Value& value) {
  if (IsFloat(type()) && value.is(ValueKind::kInt)) {
    AppendFloat(static_cast<double>(value.AsInt()));
    return true;
  }
  if (value.kind() != KindOf(type())) return false;
  if (type() == ColumnType::kBool) {
    AppendBool(value.AsBool());
  } else if (type() == ColumnType::kString) {
    AppendText(value.AsString());
  } else if (IsFloat(type())) {
    AppendFloat(value.AsFloat());
  } else {
    AppendInt(value.AsInt());
  }
  return true;
}

void ColumnBuilder::RemoveLast() {
  OPS_CHECK(rows_ > 0, "there is a value to remove");
  --rows_;
  if (!nulls_.empty() && nulls_.back() == rows_) nulls_.pop_back();
}

Column ColumnBuilder::Finish() {
  const size_t rows = std::exchange(rows_, 0);
  if (capacity_ == 0) column_.values.Reset(0);  // no value came: those are of the last column
  column_.values.Resize(rows * width_);
  Column out = column_;
  out.rows = rows;
  if (rows > kMaxKeptRows) column_.values = {};
  at_ = nullptr;
  capacity_ = 0;
  if (out.type == ColumnType::kString) {
    // A null's code is 0 also where no string was ever added.
    if (!nulls_.empty() && dictionary_.size() == 0) dictionary_.Add("");
    if (last_ == nullptr || last_->size() != dictionary_.size()) last_ = dictionary_.Snapshot();
    out.dictionary = last_;
    if (dictionary_.size() > kMaxDictionarySize || dictionary_.byte_size() > kMaxDictionaryBytes) {
      dictionary_.Clear();
      last_ = nullptr;
    }
  }
  for (uint32_t row : nulls_) {  // their values are 0 already
    out.writable_valid_words()[row / 64] &= ~(uint64_t{1} << row % 64);
  }
  nulls_.clear();
  return out;
}

}  // namespace opsc
