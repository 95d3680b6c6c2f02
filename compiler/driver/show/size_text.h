// Sizes as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace opsc {

// Two digits that matter: "312 B", "1.2 KiB", "45 MiB".
std::string RoundedSize(uint64_t bytes);

}  // namespace opsc
