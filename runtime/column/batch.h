// Rows that are read, checked, computed and written together.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/column/column.h"
#include "runtime/column/schema.h"

namespace opsc {

inline constexpr size_t kMaxBatchRows = 64 * 1024;

// Shared, because every batch of a dataset, from any thread, is of the same one.
using SchemaPtr = std::shared_ptr<const RowSchema>;

// At most kMaxBatchRows rows: one column of `rows` rows a field of the schema, in its order.
struct Batch {
  SchemaPtr schema;
  size_t rows = 0;
  std::vector<Column> columns;
};

// Rows [from, from + rows), sharing the memory. REQUIRES: `from` is a multiple of 64.
Batch Slice(const Batch& batch, size_t from, size_t rows);
// These rows, in this order, with memory of their own. REQUIRES: each is a row of the batch.
Batch Take(const Batch& batch, std::span<const uint32_t> rows);
// One row as a record.
Value RowAt(const Batch& batch, size_t row);
// Rows given as records, for tests and single requests: absent fields are null. Fails (kInput)
// where a value is not of its field's type, null where none may be, or no field of the schema;
// bounds are not looked at.
Result<Batch> BatchOf(SchemaPtr schema, std::span<const Value> rows);

// Batches one after another, in order; nothing: the end. Not thread-safe.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual const SchemaPtr& schema() const = 0;
  virtual Result<std::optional<Batch>> Next() = 0;
};

}  // namespace opsc
