// The executor: a function run over a batch, one operation at a time on blocks of rows.
#pragma once

#include <memory>
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

// A function with all that running it takes, kept from one batch to the next: for those that run it
// for a few rows at a time. Not thread-safe.
class Executor {
 public:
  explicit Executor(const Function& function);  // which outlives it
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // As Execute; takes `out` as Kernel::Run does.
  Status Run(const SchemaPtr& schema, const Batch& in, WindowColumns windows, Batch& out);

 private:
  std::unique_ptr<struct Block> block_;
};

// The schema of the outputs.
RowSchema OutputSchema(const Function& function);

}  // namespace opsc::kernel
