// Columns made value by value.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/column/column.h"

namespace opsc {

// Takes values of one type and gives columns. Its dictionary goes on from column to column until it
// holds too much (kMaxDictionary…), so batches of few distinct strings share one numbering.
class ColumnBuilder {
 public:
  static constexpr size_t kMaxDictionarySize = 64 * 1024;
  static constexpr size_t kMaxDictionaryBytes = 64 << 20;

  explicit ColumnBuilder(ColumnType type);

  ColumnType type() const { return column_.type; }
  size_t rows() const { return rows_; }
  size_t byte_size() const { return rows_ * width_ + dictionary_.byte_size(); }

  // REQUIRES for each: it fits the type.
  void AppendBool(bool value) { Put(static_cast<uint8_t>(value)); }
  void AppendInt(int64_t value) { Put(value); }
  void AppendFloat(double value) { Put(value); }
  // Gives its number in the dictionary, which begins anew where dictionary_size() was 0 before.
  int32_t AppendText(std::string_view text) {
    int32_t code = dictionary_.Add(text);
    Put(code);
    return code;
  }
  size_t dictionary_size() const { return dictionary_.size(); }
  void AppendNull();
  // False where the value's kind is not the column's; ints fill floats.
  [[nodiscard]] bool AppendValue(const Value& value);
  void RemoveLast();  // REQUIRES: there is one

  // The last value. REQUIRES: there is one, and for each the type fits (a null's is 0).
  bool LastIsNull() const { return !nulls_.empty() && nulls_.back() + 1 == rows_; }
  bool LastBool() const { return Last<uint8_t>() != 0; }
  int64_t LastInt() const { return Last<int64_t>(); }
  double LastFloat() const { return Last<double>(); }
  std::string_view LastText() const { return dictionary_.At(Last<int32_t>()); }

  // What was appended, as a column; the builder is empty again.
  Column Finish();

 private:
  template <typename T>
  void Put(T value) {
    if (rows_ == capacity_) Grow();
    reinterpret_cast<T*>(at_)[rows_++] = value;
  }
  template <typename T>
  T Last() const {
    return reinterpret_cast<const T*>(at_)[rows_ - 1];
  }
  void Grow();

  Column column_;
  size_t width_;
  std::byte* at_ = nullptr;  // of column_.values
  size_t rows_ = 0;
  size_t capacity_ = 0;
  std::vector<uint32_t> nulls_;  // rows, growing
  DictionaryBuilder dictionary_;
  DictionaryPtr last_;  // what the last column got: the same again where nothing was added
};

}  // namespace opsc
