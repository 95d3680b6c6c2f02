// The executor: a function run over a batch, one operation at a time on blocks of rows.
#pragma once

#include <span>

#include "compiler/kernel/function.h"
#include "runtime/column/batch.h"

namespace opsc::kernel {

// The result of one window for each row of a batch, with nulls where there was nothing.
using WindowColumns = std::span<const Column>;

// Row i of the result is made of row i of `in`, whose columns are those of `function.input`.
// `windows`: one a window of the function. Fails (kInput) with the first row that has no result:
// "row 17 of `ratio`: 3 / 0 …". `schema` is that of the outputs. Thread-safe.
Result<Batch> Execute(const Function& function, const SchemaPtr& schema, const Batch& in,
                      WindowColumns windows);

// The schema of the outputs.
RowSchema OutputSchema(const Function& function);

}  // namespace opsc::kernel
