// Does every `extern fn` have its C++, and every C++ builtin its declaration?
#pragma once

#include <string>
#include <vector>

#include "compiler/model/builtin_names.h"
#include "compiler/sema/check.h"

namespace opsc {

// One sentence for each `extern fn` of the modules without a row in `builtins`, and each row that
// no module declares. Empty: all are bound.
std::vector<std::string> BindingProblems(const std::vector<const ParsedModule*>& modules,
                                         const BuiltinNames& builtins);

}  // namespace opsc
