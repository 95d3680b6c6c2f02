// Reads the content store as a whole.
#include <algorithm>

#include "runtime/store/blob_store.h"
#include "runtime/store/store_care.h"
#include "runtime/store/stored_files.h"

namespace opsc {
namespace {

void CollectFiles(const Value& value, std::vector<Digest>& out) {
  if (value.is(ValueKind::kFile) && !value.AsFile().producer.empty()) {
    out.push_back(value.AsFile().digest);
  } else if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, field] : value.AsRecord()) CollectFiles(field, out);
  } else if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) CollectFiles(item, out);
  }
}

// Results that the state names and the store has lost: their tasks run again.
Result<std::vector<std::string>> FindMissing(const BlobStore& blobs, Journal& journal) {
  std::vector<std::string> missing;
  OPS_ASSIGN(std::vector<StateEntry> entries, journal.Entries());
  for (const StateEntry& entry : entries) {
    std::vector<Digest> named;
    CollectFiles(entry.outs, named);
    auto lost = [&](const Digest& digest) { return !digest.empty() && !blobs.Has(digest); };
    if (std::ranges::any_of(named, lost)) missing.push_back(entry.address);
  }
  return missing;
}

}  // namespace

Result<ContentsCheck> VerifyContents(const std::string& state_dir, Journal& journal) {
  std::string root = state_dir + "/store";
  ScratchDir scratch(root + "/tmp");
  BlobStore blobs(root, &scratch);
  ContentsCheck found;
  for (const StoredDigest& content : ListDigests(root + "/blobs")) {
    Status verified = blobs.Verify(content.digest);
    if (verified) {
      found.contents.Add(content.file.bytes);
    } else if (verified.error().kind == ErrorKind::kCorrupt) {
      found.damaged.push_back(content.digest);
    } else {
      return std::unexpected(verified.error());
    }
  }
  OPS_ASSIGN(found.missing, FindMissing(blobs, journal));
  return found;
}

}  // namespace opsc
