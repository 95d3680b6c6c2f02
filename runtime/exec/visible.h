// Which directories of the machine a sandboxed command may see.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/tools.h"

namespace opsc {

// `path` is `directory` or lies in it. Both absolute and normal.
bool IsBelow(std::string_view path, std::string_view directory);

// The system's own directories and those of every program on PATH, without what lies inside
// `project_root`. For `…/bin` of a private installation (`~/.cargo/bin`) that is all of `…`, unless
// it is `home` or holds the project.
std::vector<std::string> VisibleDirectories(const Tools& tools, const std::string& project_root,
                                            const std::string& home);
// Adds what is needed for programs in `directories` to `shown`, as far as that does not cover it.
// Keeps `shown` sorted.
void AddVisible(const std::vector<std::string>& directories, const std::string& project_root,
                const std::string& home, std::vector<std::string>& shown);

}  // namespace opsc
