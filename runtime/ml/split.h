// Which rows a model is trained on and which it is tested on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"

namespace opsc {

// How rows are divided.
// - kRandom: by a hash of the row's keys (without keys: of its number) and the seed, so a row stays
//   on its side when more rows arrive; about `test` of them are test rows.
// - kTime: the last `test` of the rows by event time; rows of one time are on one side.
// - kGroup: as kRandom by the field `group`: all rows of a group are on one side.
struct SplitSpec {
  enum class Kind { kRandom, kTime, kGroup } kind = Kind::kRandom;
  double test = 0.2;  // share of the test rows, in (0, 1)
  std::string group;
  uint64_t seed = 0;
  // Of kTime: the outcome of a row is known so long after its event time, and where `known` names a
  // time of the rows, by that time.
  int64_t embargo = 0;  // as a Duration counts
  std::string known = {};
};

// For each row of all batches, in order: is it a test row? kInput where a field that the split
// needs is missing or null, or where one side would be empty.
Result<std::vector<bool>> TestRows(const std::vector<Batch>& batches, const SplitSpec& spec);

// Those of the other rows that may be learnt from: by time, whose outcome was known when the first
// test row happened. Others would tell of the time on which the model is tested. kInput where none
// is left.
Result<std::vector<bool>> TrainRows(const std::vector<Batch>& batches, const SplitSpec& spec,
                                    const std::vector<bool>& test);

}  // namespace opsc
