// Functions behind the interface `Kernel`.
#pragma once

#include <memory>

#include "compiler/kernel/function.h"
#include "compiler/kernel/native.h"
#include "runtime/column/kernel.h"

namespace opsc::kernel {

// Runs it by the executor.
std::unique_ptr<Kernel> MakeKernel(Function function);
// Of kernels run by the executor, from what Encode gives.
std::unique_ptr<KernelLoader> MakeKernelLoader();
// Of kernels that are compiled, and run by the executor where they cannot be. The results are the
// same, bit for bit.
std::unique_ptr<KernelLoader> MakeNativeLoader(NativeOptions options);

}  // namespace opsc::kernel
