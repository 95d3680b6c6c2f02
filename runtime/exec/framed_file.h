// An append-only file of checked records that may be lost at any time: a cache of what can be found
// out again.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// The records of the file at `path`, up to the first that is torn or damaged; none where there is
// no file.
//   file   := record*        record := size:u32 check:8 bytes of SHA-256 content
std::vector<std::string> ReadFramedFile(const std::string& path);

// Appends in one write, so that records of two processes never mix.
Status AppendFramedFile(const std::string& path, const std::vector<std::string>& records);
// Replaces the whole file.
Status RewriteFramedFile(const std::string& path, const std::vector<std::string>& records);

}  // namespace opsc
