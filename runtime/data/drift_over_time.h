// How the columns of a table change from one time to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"

namespace opsc {

// One column: its PSI in each period against the first one; nullopt where a period has no value.
struct ColumnOverTime {
  std::string name;
  std::vector<std::optional<double>> psi;
};

// Periods of one length by event time, the first one that of the reference.
struct DriftOverTime {
  std::vector<int64_t> begins;  // of each period, as a Time counts
  std::vector<uint64_t> rows;
  std::vector<ColumnOverTime> columns;  // neither keys nor times
};

// Reads all rows; 16 bytes a value are held. nullopt: the rows have no @event_time, or so few rows
// that shares say nothing.
Result<std::optional<DriftOverTime>> MakeDriftOverTime(BatchSource& rows);

}  // namespace opsc
