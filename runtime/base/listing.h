// Many names in one sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace opsc {

// "a, b and 3 more": the first `most` of `names`, each between two `quote`s.
std::string Listing(std::span<const std::string> names, size_t most, std::string_view quote = "");

}  // namespace opsc
