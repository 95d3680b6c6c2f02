#include "runtime/store/tree_restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace opsc {
namespace {

constexpr unsigned kFileMode = 0444;
constexpr unsigned kExecutableMode = 0555;

Status BuildEntry(BlobStore& blobs, const TreeEntry& entry, const std::string& path) {
  switch (entry.type) {
    case TreeEntry::Type::kFile:
      return blobs.CopyTo(entry.blob, path, kFileMode);
    case TreeEntry::Type::kExecutable:
      return blobs.CopyTo(entry.blob, path, kExecutableMode);
    case TreeEntry::Type::kEmptyDirectory:
      return MakeDirectories(path);
    case TreeEntry::Type::kSymlink:
      break;
  }
  OPS_ASSIGN(std::string target, blobs.Get(entry.blob));
  if (symlink(target.c_str(), path.c_str()) == 0) return {};
  return FailErrno("cannot make the link " + path, errno);
}

bool Exists(const std::string& path) {
  struct stat s{};
  return lstat(path.c_str(), &s) == 0;
}

// For file systems that cannot exchange: a moment without the path.
Result<MoveOutcome> MoveAsideAndIn(const std::string& built, const std::string& path) {
  std::string aside = built + ".old";
  if (rename(path.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    return FailErrno("cannot move " + path + " aside", errno);
  }
  if (rename(built.c_str(), path.c_str()) != 0) {
    int error = errno;
    (void)rename(aside.c_str(), path.c_str());
    return FailErrno("cannot put " + path + " into place", error);
  }
  if (Exists(aside) && rename(aside.c_str(), built.c_str()) != 0) {
    return FailErrno("cannot move what was at " + path, errno);
  }
  return MoveOutcome::kMoved;
}

}  // namespace

Status BuildTree(BlobStore& blobs, const std::vector<TreeEntry>& entries, const std::string& path) {
  if (entries.size() == 1 && entries[0].path.empty()) return BuildEntry(blobs, entries[0], path);
  OPS_TRY(MakeDirectories(path));
  std::string_view made;  // the last parent
  for (const TreeEntry& entry : entries) {
    size_t slash = entry.path.rfind('/');
    std::string_view parent =
        slash == std::string::npos ? "" : std::string_view(entry.path).substr(0, slash);
    if (parent != made) OPS_TRY(MakeDirectories(path + "/" + std::string(parent)));
    made = parent;
    OPS_TRY(BuildEntry(blobs, entry, path + "/" + entry.path));
  }
  return {};
}

Result<MoveOutcome> MoveIntoPlace(const std::string& built, const std::string& path) {
  while (true) {
    unsigned how = Exists(path) ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, built.c_str(), AT_FDCWD, path.c_str(), how) == 0) {
      return MoveOutcome::kMoved;
    }
    if (errno == EXDEV) return MoveOutcome::kAcrossFileSystems;
    if (errno == EINVAL || errno == ENOSYS) return MoveAsideAndIn(built, path);
    // Made or removed meanwhile: look again.
    bool raced = (errno == EEXIST && how == RENAME_NOREPLACE) ||
                 (errno == ENOENT && how == RENAME_EXCHANGE && Exists(built));
    if (!raced) return FailErrno("cannot put " + path + " into place", errno);
  }
}

}  // namespace opsc
