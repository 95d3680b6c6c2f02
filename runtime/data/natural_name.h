// Names of files in the order in which people count.
#pragma once

#include <string_view>

namespace opsc {

// "2.csv" before "10.csv"; otherwise by bytes.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace opsc
