// Two tables, compared: rows by key, columns by their distribution.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/column/batch.h"

namespace opsc {

// How one column of both tables differs. Numbers and times by PSI over the deciles of the first
// table, the Kolmogorov-Smirnov test and the Wasserstein distance; strings and bools by PSI and
// Jensen-Shannon over their values.
struct ColumnDrift {
  std::string name;
  ColumnType type = ColumnType::kInt;
  double nulls_before = 0;  // shares
  double nulls_after = 0;
  std::optional<double> psi;  // none: a side has no values
  std::optional<double> ks;
  std::optional<double> ks_p_value;
  std::optional<double> wasserstein;     // in the column's unit, times and durations in seconds
  std::optional<double> jensen_shannon;  // natural logarithms
  uint64_t changed = 0;                  // rows of the same key with another value
};

struct TableDiff {
  uint64_t rows_before = 0;
  uint64_t rows_after = 0;
  std::vector<std::string> keys;  // by which rows were matched; empty: they were not
  uint64_t added = 0;
  uint64_t removed = 0;
  uint64_t changed = 0;
  std::vector<std::string> only_before;  // columns
  std::vector<std::string> only_after;
  std::vector<std::string> retyped;  // columns of another type in the second table
  std::vector<ColumnDrift> columns;  // of both
};

// `keys`: names of the columns that identify a row; empty: those of the first table's type. Fails
// (kInput) where a table has no such column. Memory: 8 bytes a value of both, and the strings.
Result<TableDiff> DiffTables(BatchSource& before, BatchSource& after,
                             std::vector<std::string> keys);

//   {"format":"opsc.data-diff/1","rows":{"before","after","added","removed","changed"},"keys":[…],
//    "columns":[{"name","type","psi","binning","ks","ks_p_value","wasserstein","jensen_shannon",…}]}
nlohmann::ordered_json ToJson(const TableDiff& diff);

}  // namespace opsc
