#include "runtime/kube/health.h"

#include <array>

namespace opsc {

std::string_view HealthName(HealthStatus status) {
  constexpr std::array<std::string_view, 6> kNames = {"Healthy",   "Progressing", "Degraded",
                                                      "Suspended", "Missing",     "Unknown"};
  return kNames[static_cast<size_t>(status)];
}

}  // namespace opsc
