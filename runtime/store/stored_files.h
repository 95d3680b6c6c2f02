// What lies in the store's folders, as lists.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"

namespace opsc {

// A file below the state directory.
struct StoredFileInfo {
  std::string path;
  uint64_t bytes = 0;
  Time written{};
};

// A blob or a record.
struct StoredDigest {
  Digest digest;  // its name
  StoredFileInfo file;
};

// The files `ab/cdef…` of `folder`; other names are passed over. Empty where there is no folder.
std::vector<StoredDigest> ListDigests(const std::string& folder);
// All files below `folder`, in any order.
std::vector<StoredFileInfo> ListFiles(const std::string& folder);
// The names in `folder` that are directories, sorted.
std::vector<std::string> ListDirectories(const std::string& folder);

}  // namespace opsc
