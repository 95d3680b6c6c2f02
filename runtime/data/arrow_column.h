// Arrow arrays → columns.
#pragma once

#include <string>

#include "runtime/arrow/arrow_abi.h"
#include "runtime/column/column.h"

namespace opsc {

// How an Arrow column is told in messages: "int32", "timestamp[us, UTC]".
std::string ArrowTypeText(const ArrowSchema& schema);
// Whether such a column can fill a field: integers of any width ints and sizes (and floats and
// ratios); floats floats and ratios; timestamps and dates times; durations durations; strings and
// dictionaries of strings strings.
bool FitsColumn(const ArrowSchema& schema, ColumnType type);
// The type of the field that holds such a column best; nullopt: none does.
std::optional<ColumnType> BestColumnType(const ArrowSchema& schema);

// Copies `rows` values. A value that the type does not hold (an unsigned integer beyond int64, a
// time beyond the years 1678 to 2261) is noted in `outside` by its row and is 0. REQUIRES:
// FitsColumn. Strings need not be UTF-8. Fails (kInput) where the array contradicts itself.
Result<Column> CopyColumn(const ArrowSchema& schema, const ArrowArray& array, ColumnType type,
                          size_t rows, std::vector<uint32_t>& outside);

}  // namespace opsc
