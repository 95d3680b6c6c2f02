#include "runtime/kube/query.h"

#include <fmt/format.h>

#include <cctype>

namespace opsc {

std::string EscapeQuery(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string escaped;
  for (unsigned char c : text) {
    bool plain =
        std::isalnum(c) != 0 || kUnreserved.find(static_cast<char>(c)) != std::string::npos;
    escaped += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return escaped;
}

}  // namespace opsc
