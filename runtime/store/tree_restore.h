// A tree made into files.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/content_store.h"
#include "runtime/store/blob_store.h"

namespace opsc {

// Makes `path`, which must not exist, hold the entries (of DecodeTree). Files are read-only.
Status BuildTree(BlobStore& blobs, const std::vector<TreeEntry>& entries, const std::string& path);

// Puts what stands at `built` to `path`, in one step as seen by others; what stood there moves to
// `built`, from where the caller removes it. kAcrossFileSystems: they are on different file systems
// and nothing was done.
enum class MoveOutcome { kMoved, kAcrossFileSystems };
Result<MoveOutcome> MoveIntoPlace(const std::string& built, const std::string& path);

}  // namespace opsc
