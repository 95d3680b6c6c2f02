// What stands at a path, as a sorted list.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// One file, link or empty directory below (or at) the scanned path.
struct ScannedEntry {
  std::string path;  // relative to the scanned path; empty: the path itself
  TreeEntry::Type type = TreeEntry::Type::kFile;
  FileStat stat;
};

// Sorted by path; links are not followed. kInput names a socket, pipe or device. The scan of an
// empty directory is empty.
Result<std::vector<ScannedEntry>> ScanPath(Env& env, const std::string& path);

// Are the same names of the same types and sizes there?
bool SameScan(const std::vector<ScannedEntry>& a, const std::vector<ScannedEntry>& b);

}  // namespace opsc
