#include "runtime/store/user_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace opsc {

std::string UserName() {
  for (const char* variable : {"USER", "LOGNAME"}) {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0') return name;
  }
  return fmt::format("uid {}", getuid());
}

}  // namespace opsc
