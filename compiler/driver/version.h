// What this opsc is.
#pragma once

#include <string_view>

namespace opsc {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace opsc
