// Files that live no longer than one opsc: the directory `.ops/tmp/<session>` and what is made
// there.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/exec/spare_inodes.h"

namespace opsc {

// Copies `from` to `to` (which must not exist) with permission bits `mode`, hashing what it copies.
// kConflict where the content does not have `digest`: somebody changed it. `spares`, where given,
// are used before a file is made.
Status CopyVerified(const std::string& from, const std::string& to, const Digest& digest,
                    mode_t mode, SpareInodes* spares = nullptr);

// Makes `path` and the directories above it, as far as they are missing, with mode 755.
Status MakeScratchDirectory(const std::string& path);

// Removes `path` with all below it, whatever its permissions; links are not followed. Absent is
// fine.
void RemoveScratch(const std::string& path);

// Removes everything in the directory `path` but `kept`, and gives it mode `mode` again. False
// where it is not a plain, empty directory afterwards: then it cannot be used again. `spares`,
// where given, get what they can use.
bool EmptyScratch(const std::string& path, std::string_view kept, mode_t mode,
                  SpareInodes* spares = nullptr);

// A directory of this process, removed when it ends. What a killed process left behind is removed
// by the next one.
class Session {
 public:
  static Result<std::unique_ptr<Session>> Open(const std::string& state_dir);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& directory() const { return directory_; }
  // A new name inside the directory.
  std::string NewPath(std::string_view prefix);

 private:
  Session(std::string directory, int lock) : directory_(std::move(directory)), lock_(lock) {}

  const std::string directory_;
  const int lock_;  // flock on the directory: held while the process lives
  std::atomic<uint64_t> next_{0};
};

}  // namespace opsc
