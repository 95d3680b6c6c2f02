// All that has documentation: the stdlib, and the program here if there is one.
#pragma once

#include <vector>

#include "compiler/driver/show/declaration_text.h"
#include "runtime/base/env.h"

namespace opsc {

// With kAll also what generators wrote: thousands of types.
enum class Documented { kHandwritten, kAll };
std::vector<DocEntry> AllDocEntries(Env& env, Documented what, bool color);

}  // namespace opsc
