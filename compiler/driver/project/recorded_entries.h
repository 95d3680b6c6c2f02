// Instances of the state by what a user calls them.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/graph/state.h"

namespace opsc {

// An error with the nearest address where there is none of this name.
Result<StateEntry> FindEntry(Journal& journal, const std::string& word);

}  // namespace opsc
