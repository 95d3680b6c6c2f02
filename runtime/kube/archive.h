// Directories as tar files, by the program `tar`. Internal to runtime/kube.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// `names` of `directory`, readable and writable for whoever unpacks them.
Status PackArchive(const std::string& directory, const std::vector<std::string>& names,
                   const std::string& file, std::stop_token stop);
// Never outside of `directory`.
Status UnpackArchive(const std::string& file, const std::string& directory, std::stop_token stop);

}  // namespace opsc
