// The columns of a file against the fields of a row type.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/read.h"

namespace opsc {

// Which field each column of a file fills.
struct ColumnMatch {
  std::vector<size_t> fields;  // by column; SIZE_MAX: none, it is left out
  std::vector<size_t> absent;  // nullable fields without a column: null in every row
};

// By name, in any order. Fails (kInput, with the nearest name) where a field that is not nullable
// has no column, a column is no field and `other` refuses that, or a name stands twice.
Result<ColumnMatch> MatchColumns(std::span<const std::string> names, const RowSchema& schema,
                                 OtherColumns other, const std::string& file);

// The name that is spelled most alike, "" where none is near.
std::string NearestName(std::string_view name, std::span<const std::string> names);

}  // namespace opsc
