// One column of a batch: values, nulls, and for strings their dictionary.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/column/buffer.h"
#include "runtime/column/dictionary.h"
#include "runtime/column/schema.h"

namespace opsc {

// Values of one type, contiguous. bool: a byte each, 0 or 1; string: int32 codes into the
// dictionary; float and ratio: double; all else: int64. A null's value is 0, so that loops may
// compute with it. Validity has a bit a row (1: there is a value), lowest bit first in 64-bit words
// as in Arrow; it is empty where nothing is null. Copies share the memory.
struct Column {
  ColumnType type = ColumnType::kInt;
  size_t rows = 0;
  Buffer values;
  Buffer validity;
  DictionaryPtr dictionary;  // of strings only

  // `rows` zeros (strings: code 0, so a dictionary must follow), nothing null.
  static Column Zeroed(ColumnType type, size_t rows);

  // Becomes what Zeroed gives, in the memory there is where nobody shares it.
  void Reset(ColumnType of, size_t count);

  // REQUIRES for each: the type fits.
  std::span<const uint8_t> bools() const { return values.As<uint8_t>().first(rows); }
  std::span<const int64_t> ints() const { return values.As<int64_t>().first(rows); }
  std::span<const double> floats() const { return values.As<double>().first(rows); }
  std::span<const int32_t> codes() const { return values.As<int32_t>().first(rows); }
  std::string_view text(size_t row) const { return (*dictionary)[codes()[row]]; }

  // REQUIRES: not shared.
  std::span<uint8_t> writable_bools() { return values.Writable<uint8_t>().first(rows); }
  std::span<int64_t> writable_ints() { return values.Writable<int64_t>().first(rows); }
  std::span<double> writable_floats() { return values.Writable<double>().first(rows); }
  std::span<int32_t> writable_codes() { return values.Writable<int32_t>().first(rows); }

  bool has_validity() const { return !validity.empty(); }
  // ValidityWords(rows) words; empty where nothing is null. Bits behind the last row are 0.
  std::span<const uint64_t> valid_words() const { return validity.As<uint64_t>(); }
  // Makes a bitmap in which all rows are valid where there is none. REQUIRES: not shared.
  std::span<uint64_t> writable_valid_words();
  bool IsNull(size_t row) const {
    return has_validity() && (valid_words()[row / 64] >> (row % 64) & 1) == 0;
  }
  void SetNull(size_t row);  // and its value to 0. REQUIRES: not shared
  size_t NullCount() const;
};

size_t WidthOf(ColumnType type);  // bytes a value takes in `values`
constexpr size_t ValidityWords(size_t rows) {
  return (rows + 63) / 64;
}

// Rows [from, from + rows), sharing the memory. REQUIRES: `from` is a multiple of 64.
Column Slice(const Column& column, size_t from, size_t rows);
// These rows, in this order, with memory of their own. REQUIRES: each is a row of the column.
Column Take(const Column& column, std::span<const uint32_t> rows);
// One row as a value (null: kNull): for tests, messages and the evaluator.
Value ValueAt(const Column& column, size_t row);
// Same type, values and nulls, floats bit by bit; dictionaries may differ.
bool Identical(const Column& a, const Column& b);

}  // namespace opsc
