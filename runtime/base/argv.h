// Words as execve and posix_spawn take them.
#pragma once

#include <string>
#include <vector>

namespace opsc {

// Pointers to the texts, and the null that ends them: of arguments or of an environment. Valid
// while `texts` stands unchanged; nobody writes through them.
std::vector<char*> ArgvOf(const std::vector<std::string>& texts);

}  // namespace opsc
