// Trees as bytes: `opsc.tree/1`, the canonical text of a sorted list of entries.
//
//   tree  := "opsc.tree/1\n" entry*
//   entry := type " " size " " digest " " length ":" path "\n"
//   type  := "f" (file) | "x" (executable) | "l" (link) | "d" (empty directory)
//   size, length: decimal bytes without leading zeros; digest: 64 hex digits; path: `length` bytes
//
// Entries are sorted by the bytes of their paths. A path is relative, its segments are neither
// empty nor `.` nor `..`, it holds no NUL, and no entry stands below another one. The path of a
// file or link that is the whole tree is empty. A whole tree that is an empty directory has no
// entry. See docs/formats/store.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/content_store.h"

namespace opsc {

// Sorts and checks: kInput says which path a tree cannot have.
Result<std::string> EncodeTree(std::vector<TreeEntry> entries);
// kCorrupt where it is not what EncodeTree writes.
Result<std::vector<TreeEntry>> DecodeTree(std::string_view bytes);

}  // namespace opsc
