// What of the rows that a model has learnt is still so.
#pragma once

#include <cstdint>

#include "runtime/data/chunk_file.h"

namespace opsc {

// Two tables of the same row type, compared by the content of whole rows, in any order. Rows
// without a label teach nothing: they are in neither.
struct RowsApart {
  uint64_t gone = 0;  // learnt, and now changed or away
  uint64_t come = 0;  // there now, and not learnt
};

// REQUIRES: equal schemas. Memory: 16 bytes a row of both.
Result<RowsApart> CompareRows(const ChunkFile& learnt, const ChunkFile& now);

}  // namespace opsc
