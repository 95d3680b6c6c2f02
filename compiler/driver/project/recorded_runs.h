// Runs of the journal by what a user calls them.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/graph/state.h"

namespace opsc {

// `word`: "last", an id, or the beginning or end of exactly one.
Result<RunRecord> FindRun(Journal& journal, const std::string& word);

}  // namespace opsc
