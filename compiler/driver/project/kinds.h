// All kinds of resources that this opsc can make true.
#pragma once

#include "runtime/graph/kind.h"

namespace opsc {

void AddKinds(KindTable& kinds);

}  // namespace opsc
