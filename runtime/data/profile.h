// What stands in a table, column by column.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "runtime/column/batch.h"

namespace opsc {

// How many values fall between two numbers.
struct HistogramBin {
  double from = 0;
  double to = 0;
  uint64_t count = 0;
};

// One column of a profile. Times count as seconds since 1970, durations as seconds.
struct ColumnProfile {
  RowField field;
  uint64_t rows = 0;
  uint64_t nulls = 0;
  uint64_t distinct = 0;
  Value low;        // null where there is no value
  Value high;       // the same
  double mean = 0;  // of numbers, with `std` and the quantiles
  double std = 0;
  // At 1, 5, 25, 50, 75, 95 and 99 %; empty: no numbers.
  std::vector<double> quantiles;
  std::vector<HistogramBin> histogram;
  std::vector<std::pair<std::string, uint64_t>> top;  // most frequent strings and bools first
};
inline constexpr double kProfileQuantiles[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

struct Profile {
  std::string name;
  uint64_t rows = 0;
  std::vector<ColumnProfile> columns;
};

// Reads all rows. Memory: 8 bytes a number, so that quantiles are exact, and the distinct values.
Result<Profile> MakeProfile(std::string name, BatchSource& rows);

//   {"format":"opsc.profile/1","name","rows","columns":[{"name","type","nulls","distinct","min","max",
//    "mean","std","quantiles":{"0.5":…},"histogram":[{"from","to","count"}],"top":[{"value","count"}]}]}
nlohmann::ordered_json ToJson(const Profile& profile);

// The number that stands for a value in a profile; REQUIRES: not null, no string.
double NumberOf(const Column& column, size_t row);

}  // namespace opsc
