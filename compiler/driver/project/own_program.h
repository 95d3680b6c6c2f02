// Which opsc this is.
#pragma once

#include "runtime/base/digest.h"
#include "runtime/base/env.h"

namespace opsc {

// This opsc: a new build has another stamp, whatever it calls itself. What memos stand under.
void AddOwnProgram(Env& env, Hasher& hasher);

}  // namespace opsc
