// Many names, or counts of many things, in one sentence.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace opsc {

// "a, b and 3 more": the first `most` of `names`, each between two `quote`s.
std::string Listing(std::span<const std::string> names, size_t most, std::string_view quote = "");

// How many there are of what.
struct Tally {
  int64_t number = 0;
  std::string_view what;
};

// "3 created, 1 deleted": those that are not 0. Empty where all are.
std::string TallyText(std::span<const Tally> counts);
inline std::string TallyText(std::initializer_list<Tally> counts) {
  return TallyText(std::span(counts.begin(), counts.size()));
}

}  // namespace opsc
