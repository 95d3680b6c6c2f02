// All that has documentation: the stdlib, and the program here if there is one.
#pragma once

#include <vector>

#include "compiler/driver/show/declaration_text.h"
#include "runtime/base/env.h"

namespace opsc {

std::vector<DocEntry> AllDocEntries(Env& env, bool color);

}  // namespace opsc
