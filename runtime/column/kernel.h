// Compiled row functions, as runtime code sees them: the compiler's side is passed in by the
// driver.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"

namespace opsc {

// A function from rows to rows: row i of the output is made of row i of the input. Thread-safe.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // The columns it reads, in the order in which Run expects them.
  virtual const SchemaPtr& input() const = 0;
  virtual const SchemaPtr& output() const = 0;
  // REQUIRES: `in` has the columns of `input()`. Sets all of `out`. Fails where a row cannot be
  // computed (overflow, division by zero), with its number in the batch.
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
