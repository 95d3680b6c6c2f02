// Kernel IR → LLVM IR.
#pragma once

#include <llvm/IR/Module.h>

#include <memory>
#include <string>

#include "compiler/kernel/native_abi.h"

namespace opsc::jit {

inline constexpr const char* kEntry = "opsc_kernel";

// A module with one function `kEntry` of the type OpscNativeRun: one loop over the rows, each
// operation once, without a branch or a call.
std::unique_ptr<llvm::Module> Emit(const OpscNativeRequest& kernel, llvm::LLVMContext& context);

}  // namespace opsc::jit
