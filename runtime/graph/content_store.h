// Content-addressed storage as an interface: blobs and trees by digest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace opsc {

// One entry of a tree. A tree is a sorted list of these; an empty directory has an entry of its
// own.
struct TreeEntry {
  enum class Type : uint8_t { kFile, kExecutable, kSymlink, kEmptyDirectory };
  std::string path;  // relative, '/'-separated, may hold any byte but NUL
  Type type = Type::kFile;
  Digest blob;  // content; of a symlink: its target text
  uint64_t size = 0;
};

// Blobs and trees under PROJECT/.ops/store: temporary name, sync, rename, verified on read.
// Thread-safe, also between processes.
class ContentStore {
 public:
  virtual ~ContentStore() = default;
  virtual Result<Digest> PutBytes(std::string_view bytes) = 0;
  virtual Result<Digest> PutFile(const std::string& path) = 0;  // copies (reflink where possible)
  virtual Result<std::string> Get(const Digest& digest) = 0;    // verified; kCorrupt removes it
  virtual bool Has(const Digest& digest) = 0;
  // Path of the read-only blob, for hard links, mounts and copies. Existence is not checked.
  virtual std::string BlobPath(const Digest& digest) const = 0;

  virtual Result<Digest> PutTree(std::vector<TreeEntry> entries) = 0;
  virtual Result<std::vector<TreeEntry>> GetTree(const Digest& digest) = 0;
  // Stores the file, link or directory at `path` (a tree with one entry of path "" for a file).
  virtual Result<Digest> PutPath(const std::string& path) = 0;
  // What PutPath would return; nothing is stored.
  virtual Result<Digest> DigestPath(const std::string& path) = 0;
  // Makes `path` hold exactly the tree; files are read-only. Replaces what was there, atomically
  // for a single file.
  virtual Status Restore(const Digest& tree, const std::string& path) = 0;
  // Is `path` exactly the tree (content, types, executable bits, nothing more)?
  virtual Result<bool> Matches(const Digest& tree, const std::string& path) = 0;

  // Small named records beside the blobs ("action cache"): key digest -> bytes, replaced
  // atomically.
  virtual Status PutRecord(const Digest& key, std::string_view bytes) = 0;
  virtual Result<std::optional<std::string>> GetRecord(const Digest& key) = 0;
};

// Digest of a file's content, remembered by path and FileStat, so that an untouched file is never
// read again. A change of content under an older mtime is seen (inode and ctime are compared).
class FileDigests {
 public:
  virtual ~FileDigests() = default;
  virtual Result<Digest> Of(const std::string& path) = 0;
  virtual Status Save() = 0;
};

}  // namespace opsc
