#include "runtime/column/kernel.h"

#include <fmt/format.h>

namespace opsc {

Result<Batch> Select(const Batch& batch, const SchemaPtr& wanted) {
  Batch out;
  out.schema = wanted;
  out.rows = batch.rows;
  for (const RowField& field : wanted->fields) {
    auto at = batch.schema->Find(field.name);
    if (!at) return Fail(ErrorKind::kInput, fmt::format("there is no column `{}`", field.name));
    const Column& column = batch.columns[*at];
    if (column.type != field.type) {
      return Fail(ErrorKind::kInput,
                  fmt::format("column `{}` is of type {}, not {}", field.name,
                              ColumnTypeName(column.type), ColumnTypeName(field.type)));
    }
    out.columns.push_back(column);
  }
  return out;
}

}  // namespace opsc
