#include "compiler/driver/show/duration_text.h"

#include <fmt/format.h>

namespace opsc {

std::string RoundedDuration(std::chrono::nanoseconds duration) {
  double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 0.9995) return fmt::format("{:.0f}ms", seconds * 1000);
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  auto whole = std::chrono::round<std::chrono::seconds>(duration).count();
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) {
    return whole % 60 == 0 ? fmt::format("{}min", whole / 60)
                           : fmt::format("{}min {}s", whole / 60, whole % 60);
  }
  auto minutes = whole / 60;
  return fmt::format("{}h {}min", minutes / 60, minutes % 60);
}

}  // namespace opsc
