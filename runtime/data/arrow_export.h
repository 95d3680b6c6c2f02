// Batches → Arrow arrays, sharing their memory where the layouts are the same.
#pragma once

#include "runtime/arrow/arrow_abi.h"
#include "runtime/column/batch.h"

namespace opsc {

// Fills `out` with a stream of all batches of `rows`, which outlives it. An error of the source
// ends the stream with its message.
void ExportStream(BatchSource& rows, ArrowArrayStream& out);

}  // namespace opsc
