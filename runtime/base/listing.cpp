#include "runtime/base/listing.h"

#include <algorithm>

namespace opsc {

std::string Listing(std::span<const std::string> names, size_t most, std::string_view quote) {
  std::string text;
  for (const std::string& name : names.first(std::min(most, names.size()))) {
    if (!text.empty()) text += ", ";
    text.append(quote).append(name).append(quote);
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

}  // namespace opsc
