#include "runtime/exec/spare_inodes.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace opsc {
namespace {

constexpr off_t kLargest = 64 * 1024;  // bytes: a larger file gives its blocks back

bool IsOwn(const struct stat& s) {
  return s.st_uid == geteuid() && s.st_gid == getegid();
}

bool HasAttributes(const std::string& path) {
  return llistxattr(path.c_str(), nullptr, 0) != 0;
}

bool MoveTo(const std::string& from, const std::string& to) {
  return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

}  // namespace

bool SpareInodes::TakeFile(const std::string& path) {
  if (files_ == 0 || !MoveTo(FilePath(files_ - 1), path)) return false;
  --files_;
  return true;
}

bool SpareInodes::TakeDirectory(const std::string& path) {
  if (directories_ == 0 || !MoveTo(DirectoryPath(directories_ - 1), path)) return false;
  --directories_;
  return true;
}

bool SpareInodes::GiveFile(int directory, const char* name) {
  struct stat s{};
  if (files_ == kMost || fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISREG(s.st_mode) || s.st_nlink != 1 || s.st_size > kLargest || !IsOwn(s)) return false;
  const std::string place = FilePath(files_);
  if (renameat(directory, name, AT_FDCWD, place.c_str()) != 0) return false;
  const bool writable = (s.st_mode & S_IWUSR) != 0 || chmod(place.c_str(), 0600) == 0;
  if (writable && !HasAttributes(place)) {
    ++files_;
  } else {
    unlink(place.c_str());
  }
  return true;
}

bool SpareInodes::GiveDirectory(int directory, const char* name) {
  struct stat s{};
  if (directories_ == kMost || fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (!S_ISDIR(s.st_mode) || !IsOwn(s)) return false;
  const std::string place = DirectoryPath(directories_);
  if (renameat(directory, name, AT_FDCWD, place.c_str()) != 0) return false;
  const bool usual = (s.st_mode & 07777) == 0755 || chmod(place.c_str(), 0755) == 0;
  if (usual && !HasAttributes(place)) {
    ++directories_;
  } else {
    rmdir(place.c_str());
  }
  return true;
}

}  // namespace opsc
