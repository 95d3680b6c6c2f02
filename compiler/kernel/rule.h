// Rules over whole datasets: of each row some columns, of each column a number, of the numbers a
// truth value.
#pragma once

#include <string>
#include <vector>

#include "compiler/kernel/lower.h"

namespace opsc::kernel {

// A number of a column that `Rule::rows` makes.
struct ColumnUse {
  std::string function;  // count rows null_rate sum mean std min max distinct duplicates quantile
                         // share every
  uint32_t column = 0;   // of the outputs of `rows`; 0 for `rows`
  double q = 0;          // of quantile
};

// `rows` maps a row to the columns that are looked at; `result` maps one row, whose column `aN` is
// the number of use N, to one bool: null where a number that it needs is (no row has a value). A
// rule that looks at no column as a whole holds where it holds on each row.
struct Rule {
  Function rows;
  std::vector<ColumnUse> uses;
  Function result;
};

// nullopt: reported.
std::optional<Rule> LowerRule(const LowerInputs& inputs, Diagnostics& diagnostics);

// { "rows": FUNCTION, "aggregates": [{ "function", "column", "q"? }…], "result": FUNCTION }
std::string EncodeRule(const Rule& rule);

}  // namespace opsc::kernel
