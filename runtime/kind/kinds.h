// The built-in resource kinds: one file and one row each.
#pragma once

#include "runtime/graph/kind.h"

namespace opsc {

void AddBuiltinKinds(KindTable& kinds);

}  // namespace opsc
