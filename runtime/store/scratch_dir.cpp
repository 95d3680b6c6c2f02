#include "runtime/store/scratch_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace opsc {

ScratchDir::~ScratchDir() {
  if (!path_.empty()) (void)RemoveTree(path_);
}

Result<std::string> ScratchDir::NewPath() {
  {
    std::scoped_lock lock(mutex_);
    if (path_.empty()) OPS_TRY(Make());
  }
  return path_ + "/" + std::to_string(next_.fetch_add(1));
}

Status ScratchDir::Make() {
  OPS_TRY(MakeDirectories(base_));
  while (true) {
    std::string path = base_ + "/" + HexOf(RandomBytes(8));
    if (mkdir(path.c_str(), 0700) != 0) return FailErrno("cannot make directory " + path, errno);
    Fd fd = OpenFd(path, O_RDONLY | O_DIRECTORY);
    // Another process may take it for dead before it is locked: then make another one.
    bool locked = fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    struct stat s{};
    if (locked && fstat(fd.get(), &s) == 0 && s.st_nlink > 0 && stat(path.c_str(), &s) == 0) {
      path_ = path;
      lock_ = std::move(fd);
      return {};
    }
    if (fd && !locked && errno != EWOULDBLOCK) return FailErrno("cannot lock " + path, errno);
    if (!fd && errno != ENOENT) return FailErrno("cannot open " + path, errno);
  }
}

void ScratchDir::RemoveDead() const {
  DIR* directory = opendir(base_.c_str());
  if (directory == nullptr) return;
  while (dirent* entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string path = base_ + "/" + name;
    Fd fd = OpenFd(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd && flock(fd.get(), LOCK_EX | LOCK_NB) == 0) (void)RemoveTree(path);
  }
  closedir(directory);
}

}  // namespace opsc
