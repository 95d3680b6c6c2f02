// Parts of functions.
#pragma once

#include "compiler/kernel/function.h"

namespace opsc::kernel {

// The function that gives only these outputs (of nodes of `function`): with the same input columns
// and windows, and the nodes that they need.
Function Extract(const Function& function, std::vector<Output> outputs);

}  // namespace opsc::kernel
