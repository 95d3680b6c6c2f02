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

std::string TallyText(std::span<const Tally> counts) {
  std::string text;
  for (const Tally& count : counts) {
    if (count.number == 0) continue;
    if (!text.empty()) text += ", ";
    text.append(std::to_string(count.number)).append(" ").append(count.what);
  }
  return text;
}

}  // namespace opsc
