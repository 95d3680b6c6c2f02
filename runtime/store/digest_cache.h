// Digests of files by path and stat, in one file that may be lost at any time.
//
//   cache  := "OPSCDIG1" count:u64 entry* sha256(all before)
//   entry  := path:bytes type:u8 mode:u32 size:u64 inode:u64 mtime:i64 ctime:i64 hashed:i64
//             used:u32 digest:32 bytes         (times in ns since 1970, `used` in days)
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"

namespace opsc {

// Thread-safe. The file is read at the first use; a damaged one counts as empty. Entries that were
// not used for 30 days are dropped.
class DigestCache {
 public:
  explicit DigestCache(std::string path) : path_(std::move(path)) {}

  // What was remembered for exactly this stat. Never an entry whose file could have changed after
  // it was hashed without another ctime ("racily clean").
  std::optional<Digest> Find(std::string_view file, const FileStat& stat, Time now);
  // `hashed`: a moment before the content was read; `stat` was the same before and after.
  void Remember(std::string_view file, const FileStat& stat, const Digest& digest, Time hashed);
  // Writes the file (temporary name, rename) where something changed.
  Status Save(Time now);

 private:
  struct Entry {
    FileStat stat;
    int64_t hashed = 0;
    uint32_t used = 0;
    Digest digest;
  };

  void Load();
  bool Parse();
  // Writes the content, a piece at a time.
  Status WriteTo(int fd, uint32_t today, const std::string& name) const;

  std::string path_;
  std::mutex mutex_;
  bool loaded_ = false;
  bool changed_ = false;
  std::string file_;               // as read; keys point into it
  std::deque<std::string> added_;  // keys of new entries
  std::unordered_map<std::string_view, Entry> entries_;
};

}  // namespace opsc
