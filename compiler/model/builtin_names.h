// The names of the builtin functions, so that sema can bind `extern fn` without knowing eval.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "compiler/model/model.h"

namespace opsc {

// Row i of eval's table is BuiltinId i. Overloads share a name and differ in their declaration's
// order: `extern fn length(xs: [T])` binds "length", a second declaration "length" is refused.
struct BuiltinNames {
  std::vector<std::string_view> names;

  std::optional<BuiltinId> Find(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return static_cast<BuiltinId>(i);
    }
    return std::nullopt;
  }
};

}  // namespace opsc
