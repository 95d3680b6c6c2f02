// The whole of opsc: words of the command line in, exit code out.
#pragma once

#include <string>
#include <vector>

namespace opsc {

int RunOpsc(const std::vector<std::string>& words);  // without the program's name

}  // namespace opsc
