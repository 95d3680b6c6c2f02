// The way out for a name that the user typed and that nothing has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opsc {

// "did you mean `build`?" where a name is near; all names where they are few; else `otherwise`.
std::string NameHint(std::string_view word, const std::vector<std::string>& known,
                     std::string_view otherwise);

}  // namespace opsc
