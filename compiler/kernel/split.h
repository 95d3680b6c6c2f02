// A function in two: what is computed operation by operation, and what is worth compiling.
#pragma once

#include "compiler/kernel/function.h"

namespace opsc::kernel {

// Where an input of the compiled part comes from.
struct NativeInput {
  enum class From : uint8_t { kColumn, kPresent, kWindow, kWindowPresent, kBefore };
  From from = From::kColumn;
  uint32_t index = 0;
};

// `before` is run by the executor: text, and functions that are calls. `native` has neither, and
// all other operations. Each output of the whole comes from one of the two.
struct SplitFunction {
  Function before;
  Function native;
  std::vector<NativeInput> inputs;  // beside native.input
  struct Source {
    bool native = false;
    uint32_t output = 0;
  };
  std::vector<Source> outputs;
};
SplitFunction Split(const Function& function);

}  // namespace opsc::kernel
