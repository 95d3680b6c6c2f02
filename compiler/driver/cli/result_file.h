// Files that a command writes where its user says: `-o FILE`, `--junit FILE`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// Is `path` to be written into, not replaced by a new file? So it is with devices, pipes and links:
// a root that writes to `/dev/null` has it afterwards, too.
bool IsWrittenInto(Env& env, const std::string& path);

// A regular file is replaced in one step, so that nobody reads half of it.
Status WriteResultFile(Env& env, const std::string& path, std::string_view content, uint32_t mode);

}  // namespace opsc
