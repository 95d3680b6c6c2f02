// What tells one recorded state from another.
#pragma once

#include <string>

#include "runtime/graph/state.h"

namespace opsc {

// Marks what this state has made, so that it is told from what others have. No secret.
std::string StateId(const Journal& journal);

}  // namespace opsc
