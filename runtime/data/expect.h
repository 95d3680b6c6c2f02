// `expect` rules of a dataset, decided over its rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/column/kernel.h"
#include "runtime/data/snapshot.h"

namespace opsc {

// What became of one rule.
struct Expectation {
  std::string name;
  bool holds = false;
  // The aggregates it is made of: "null_rate(amount)" and its value.
  std::vector<std::pair<std::string, Value>> figures;
};

// A rule as the compiler serialises it:
//   {"rows": KERNEL, "aggregates": [{"function", "column", "q"?, "text"?}…], "result":
//   KERNEL}
// where `rows` maps a row to columns, `column` is one of these by position, and `result` maps the
// one row of aggregates to a bool, null counting as false. Fails where a row cannot be computed.
Result<Expectation> DecideRule(const std::string& name, std::string_view rule,
                               const Snapshot& snapshot, const std::string& root,
                               KernelLoader& kernels);

// "few_missing: null_rate(amount) = 3.2%"
std::string ExpectationText(const Expectation& expectation);

}  // namespace opsc
