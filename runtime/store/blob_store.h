// Content by digest, one read-only file each: blobs/ab/cdef…
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/store/scratch_dir.h"

namespace opsc {

// What a file held when it was stored.
struct StoredFile {
  Digest digest;
  uint64_t size = 0;
  bool executable = false;
};

// Does PutFile look through a symbolic link at the end of the path?
enum class Links { kFollow, kRefuse };

// Thread-safe, also between processes. See docs/formats/store.md for what is synced when.
class BlobStore {
 public:
  BlobStore(std::string root, ScratchDir* scratch);

  Result<Digest> PutBytes(std::string_view bytes);
  // Reads in chunks. Content that changes while it is read is read again, three times at most.
  Result<StoredFile> PutFile(const std::string& path, Links links);
  // Verified. kInput: it is not there. kCorrupt: it was not what its name says and is put aside.
  Result<std::string> Get(const Digest& digest);
  // A new file at `path` with the blob's content, verified; a reflink where the file system can.
  Status CopyTo(const Digest& digest, const std::string& path, unsigned mode);
  // Reads the content and compares; as Get where it is damaged.
  Status Verify(const Digest& digest);
  bool Has(const Digest& digest) const;
  std::string PathOf(const Digest& digest) const;

 private:
  Result<std::optional<StoredFile>> TryPutFile(const std::string& path, Links links);
  Result<std::optional<Digest>> PutSmall(int fd, const std::string& path, bool racy);
  Result<Digest> PutLarge(int fd, const std::string& path);
  Result<Digest> PutCopy(int fd, const std::string& path, const std::string& temporary);
  Status Adopt(const std::string& temporary, const Digest& digest);
  Result<Fd> OpenBlob(const Digest& digest) const;
  bool HasWithSize(const Digest& digest, uint64_t size) const;
  std::unexpected<Error> PutAside(const Digest& digest);

  std::string root_;
  ScratchDir* scratch_;
};

}  // namespace opsc
