// Which contents of a store are named by what is kept.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "runtime/store/stored_files.h"
#include "runtime/value/value.h"

namespace opsc {

// Everything that a value may name: files, 32 bytes, 64 hex digits; and its texts that are paths of
// logs ("logs/…"). Names too much rather than too little.
struct NamedThings {
  std::unordered_set<Digest> digests;
  std::unordered_set<std::string> logs;

  void Collect(const Value& value);
};

// The contents of a store, and those of them that stay: with a tree all that it holds.
class LiveContents {
 public:
  explicit LiveContents(std::vector<StoredDigest> contents);

  // Marks what these name and gives the bytes of what was not marked before.
  uint64_t Mark(const std::unordered_set<Digest>& digests);
  // What `Mark` would give, without marking.
  uint64_t Cost(const std::unordered_set<Digest>& digests) const;
  bool is_live(const Digest& digest) const { return live_.contains(digest); }
  const std::unordered_map<Digest, StoredFileInfo>& all() const { return contents_; }

 private:
  // Those of `digests` that are there and not marked, with what is in them.
  std::unordered_set<Digest> Unmarked(const std::unordered_set<Digest>& digests) const;
  uint64_t BytesOf(const std::unordered_set<Digest>& digests) const;

  std::unordered_map<Digest, StoredFileInfo> contents_;
  std::unordered_set<Digest> live_;
};

}  // namespace opsc
