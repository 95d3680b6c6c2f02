// Runs of the journal by what a user calls them.
#pragma once

#include <span>
#include <string>

#include "compiler/driver/project/project.h"
#include "runtime/base/result.h"
#include "runtime/graph/state.h"

namespace opsc {

// `word`: "last", an id, or the beginning or end of exactly one.
Result<RunRecord> FindRun(Journal& journal, const std::string& word);

// A run that is recorded as running while nobody holds the state was killed: says so in `runs`.
Status MarkKilledRuns(const Project& project, std::span<RunRecord> runs);

}  // namespace opsc
