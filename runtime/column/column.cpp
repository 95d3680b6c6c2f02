#include "runtime/column/column.h"

#include <bit>
#include <cstring>

#include "runtime/base/check.h"

namespace opsc {
namespace {

bool SameValue(const Column& a, const Column& b, size_t row) {
  if (a.IsNull(row) || b.IsNull(row)) return a.IsNull(row) == b.IsNull(row);
  if (a.type == ColumnType::kString) return a.text(row) == b.text(row);
  size_t width = WidthOf(a.type);
  return std::memcmp(a.values.data() + row * width, b.values.data() + row * width, width) == 0;
}

}  // namespace

size_t WidthOf(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return sizeof(uint8_t);
    case ColumnType::kString:
      return sizeof(int32_t);
    default:
      return sizeof(int64_t);
  }
}

Column Column::Zeroed(ColumnType type, size_t rows) {
  Column out;
  out.type = type;
  out.rows = rows;
  out.values = Buffer::Zeroed(rows * WidthOf(type));
  return out;
}

void Column::Reset(ColumnType of, size_t count) {
  type = of;
  rows = count;
  values.Reset(count * WidthOf(of));
  validity = {};
  dictionary = nullptr;
}

std::span<uint64_t> Column::writable_valid_words() {
  if (validity.empty() && rows > 0) {
    validity = Buffer::Zeroed(ValidityWords(rows) * sizeof(uint64_t));
    std::span<uint64_t> words = validity.Writable<uint64_t>();
    for (uint64_t& word : words) word = ~uint64_t{0};
    if (rows % 64 != 0) words.back() = (uint64_t{1} << rows % 64) - 1;
  }
  return validity.Writable<uint64_t>();
}

void Column::SetNull(size_t row) {
  OPS_CHECK(row < rows, "a row of the column");
  writable_valid_words()[row / 64] &= ~(uint64_t{1} << row % 64);
  size_t width = WidthOf(type);
  std::memset(values.Writable<std::byte>().data() + row * width, 0, width);
}

size_t Column::NullCount() const {
  if (!has_validity()) return 0;
  size_t valid = 0;
  for (uint64_t word : valid_words()) valid += static_cast<size_t>(std::popcount(word));
  return rows - valid;
}

Column Slice(const Column& column, size_t from, size_t rows) {
  OPS_CHECK(from % 64 == 0, "a slice begins at a word of the bitmap");
  OPS_CHECK(from + rows <= column.rows, "a slice ends within its column");
  Column out;
  out.type = column.type;
  out.rows = rows;
  out.dictionary = column.dictionary;
  size_t width = WidthOf(column.type);
  out.values = column.values.Part(from * width, rows * width);
  if (!column.has_validity() || rows == 0) return out;
  size_t bytes = ValidityWords(rows) * sizeof(uint64_t);
  out.validity = column.validity.Part(from / 64 * sizeof(uint64_t), bytes);
  if (rows % 64 != 0 && from + rows < column.rows) {
    out.validity = Buffer::Copy(out.validity.data(), bytes);
    out.validity.Writable<uint64_t>().back() &= (uint64_t{1} << rows % 64) - 1;
  }
  return out;
}

Column Take(const Column& column, std::span<const uint32_t> rows) {
  Column out = Column::Zeroed(column.type, rows.size());
  out.dictionary = column.dictionary;
  size_t width = WidthOf(column.type);
  const std::byte* from = column.values.data();
  std::byte* to = out.values.Writable<std::byte>().data();
  for (uint32_t row : rows) {
    std::memcpy(to, from + row * width, width);
    to += width;
  }
  if (!column.has_validity()) return out;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (column.IsNull(rows[i])) out.SetNull(i);
  }
  return out;
}

Value ValueAt(const Column& column, size_t row) {
  OPS_CHECK(row < column.rows, "a row of the column");
  if (column.IsNull(row)) return Value::Null();
  switch (column.type) {
    case ColumnType::kBool:
      return Value::Bool(column.bools()[row] != 0);
    case ColumnType::kInt:
      return Value::Int(column.ints()[row]);
    case ColumnType::kFloat:
      return Value::Float(column.floats()[row]);
    case ColumnType::kRatio:
      return Value::Ratio(column.floats()[row]);
    case ColumnType::kString:
      return Value::String(column.text(row));
    case ColumnType::kTime:
      return Value::Time(column.ints()[row]);
    case ColumnType::kDuration:
      return Value::Duration(column.ints()[row]);
    case ColumnType::kSize:
      return Value::Size(column.ints()[row]);
  }
  return Value::Null();
}

bool Identical(const Column& a, const Column& b) {
  if (a.type != b.type || a.rows != b.rows) return false;
  for (size_t row = 0; row < a.rows; ++row) {
    if (!SameValue(a, b, row)) return false;
  }
  return true;
}

}  // namespace opsc
