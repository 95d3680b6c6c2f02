// What the tables of a state say, as data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/graph/state.h"
#include "runtime/store/sqlite.h"

namespace opsc {

Result<std::vector<StateEntry>> ReadEntries(Database& db);  // sorted by address
Result<std::optional<StateEntry>> ReadEntry(Database& db, const std::string& address);
Result<uint64_t> ReadSerial(Database& db);
Result<std::vector<OpenIntent>> ReadOpenIntents(Database& db);
Result<std::vector<RunRecord>> ReadRuns(Database& db, size_t limit);
Result<std::vector<StepRecord>> ReadSteps(Database& db, const std::string& run);
Result<std::map<std::string, int64_t>> ReadExpectedDurations(Database& db);

}  // namespace opsc
