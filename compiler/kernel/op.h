// The operations of the kernel IR by name, and how their values lie in memory: all that the plugin
// for compiled kernels shares with opsc.
#pragma once

#include <cstdint>

namespace opsc::kernel {

enum class Op : uint8_t {
#define OP(name, text, signature, fails) name,
#include "compiler/kernel/ops.def"
#undef OP
};

// uint8 (0 or 1), int64, binary64, an int32 code into a dictionary.
enum class Type : uint8_t { kBool, kInt, kFloat, kText };

}  // namespace opsc::kernel
