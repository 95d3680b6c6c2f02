// Compiled row functions, as runtime code sees them: the compiler's side is passed in by the
// driver.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"

namespace opsc {

// Another dataset whose rows a kernel looks at.
struct KernelTable {
  std::string dataset;  // address
  SchemaPtr columns;    // those that it reads
};

// A function from rows to rows: row i of the output is made of row i of the input. Run is
// thread-safe.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // The columns it reads, in the order in which Run expects them.
  virtual const SchemaPtr& input() const = 0;
  virtual const SchemaPtr& output() const = 0;
  // What it looks at beside its own row: empty for most.
  virtual std::vector<KernelTable> tables() const { return {}; }
  // All rows of one of `tables()`, before Run: batches that have its columns, in any order. Fails
  // (kInput) where one of them has no result.
  virtual Status Bind(std::string_view dataset, std::span<const Batch> rows) {
    (void)dataset, (void)rows;
    return {};
  }
  // REQUIRES: `in` has the columns of `input()`. Sets all of `out`, in the memory of the batch that
  // it was before where nobody shares it. Fails where a row cannot be computed (overflow, division
  // by zero), with its number in the batch.
  virtual Status Run(const Batch& in, Batch& out) const = 0;
};

// Makes kernels from their serialised form. Thread-safe.
class KernelLoader {
 public:
  virtual ~KernelLoader() = default;
  // kCorrupt where the text is no kernel of this version.
  virtual Result<std::unique_ptr<Kernel>> Load(std::string_view serialised) = 0;
};

// Those columns of a batch that a kernel reads, found by name (kInput where one is missing or of
// another type), sharing the memory.
Result<Batch> Select(const Batch& batch, const SchemaPtr& wanted);

}  // namespace opsc
