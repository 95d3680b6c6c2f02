// The one loader of kernels of this process.
#pragma once

#include "runtime/column/kernel.h"

namespace opsc {

// Compiled where the plugin is, else run by the executor, which is said once. Lives as long as the
// process.
KernelLoader& Kernels();

}  // namespace opsc
