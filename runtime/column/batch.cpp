#include "runtime/column/batch.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/check.h"
#include "runtime/column/column_builder.h"

namespace opsc {
namespace {

Status CheckNames(const RowSchema& schema, const Value& row) {
  if (!row.is(ValueKind::kRecord)) {
    return Fail(ErrorKind::kInput, fmt::format("a row is a record, not {}", ToText(row)));
  }
  for (const auto& [name, value] : row.AsRecord()) {
    if (schema.Find(name.text())) continue;
    return Fail(ErrorKind::kInput, fmt::format("`{}` is no field of the row", name.text()));
  }
  return {};
}

Result<Column> ColumnOf(const RowField& field, std::span<const Value> rows) {
  ColumnBuilder builder(field.type);
  Symbol name(field.name);
  for (const Value& row : rows) {
    const Value* value = row.Find(name);
    bool null = value == nullptr || value->is_null();
    if (null && !field.nullable) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` is missing", field.name));
    }
    if (null) {
      builder.AppendNull();
    } else if (!builder.AppendValue(*value)) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` is of type {}, not {}", field.name,
                                                 ColumnTypeName(field.type), ToText(*value)));
    }
  }
  return builder.Finish();
}

}  // namespace

Batch Slice(const Batch& batch, size_t from, size_t rows) {
  Batch out;
  out.schema = batch.schema;
  out.rows = rows;
  out.columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) out.columns.push_back(Slice(column, from, rows));
  return out;
}

Batch Take(const Batch& batch, std::span<const uint32_t> rows) {
  Batch out;
  out.schema = batch.schema;
  out.rows = rows.size();
  out.columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) out.columns.push_back(Take(column, rows));
  return out;
}

Value RowAt(const Batch& batch, size_t row) {
  std::vector<std::pair<Symbol, Value>> fields;
  fields.reserve(batch.columns.size());
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    fields.emplace_back(Symbol(batch.schema->fields[i].name), ValueAt(batch.columns[i], row));
  }
  return Value::Record(std::move(fields));
}

Result<Batch> BatchOf(SchemaPtr schema, std::span<const Value> rows) {
  OPS_CHECK(rows.size() <= kMaxBatchRows, "rows fit a batch");
  Batch out;
  for (const Value& row : rows) OPS_TRY(CheckNames(*schema, row));
  for (const RowField& field : schema->fields) {
    OPS_ASSIGN(Column column, ColumnOf(field, rows));
    out.columns.push_back(std::move(column));
  }
  out.rows = rows.size();
  out.schema = std::move(schema);
  return out;
}

}  // namespace opsc
