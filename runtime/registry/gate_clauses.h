// The parts of a gate that all have to hold, each for itself: for who wants to know which one
// failed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/column/kernel.h"

namespace opsc {

// "m.auc >= 0.6", and its kernel over the same row as the gate's.
struct GateClause {
  std::string text;
  std::unique_ptr<Kernel> kernel;
};

// Of `m => a and b and c` the three, in the order of the text; of any other gate none. `serialised`
// and `text` are the gate's.
std::vector<GateClause> ClausesOf(std::string_view serialised, std::string_view text,
                                  KernelLoader& kernels);

}  // namespace opsc
