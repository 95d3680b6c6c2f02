// Doc comments, shortened.
#pragma once

#include <string>
#include <string_view>

namespace opsc {

// The first sentence of a doc comment on one line; all of its first paragraph where none ends.
std::string FirstSentence(std::string_view doc);

}  // namespace opsc
