#include "compiler/driver/show/size_text.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace opsc {

std::string RoundedSize(uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  return unit > 0 && size < 9.95 ? fmt::format("{:.1f} {}", size, kUnits[unit])
                                 : fmt::format("{:.0f} {}", size, kUnits[unit]);
}

}  // namespace opsc
