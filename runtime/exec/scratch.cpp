#include "runtime/exec/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr size_t kBlock = 256 * 1024;
// A session is locked right after it was made; only older ones may be leftovers.
constexpr std::time_t kYoung = 2;

Status CopyOpen(int from, int to, Hasher& hasher, const std::string& path) {
  struct stat s {};
  if (fstat(from, &s) != 0) return FailErrno("cannot read " + path, errno);
  std::vector<char> block(std::min<size_t>(kBlock, static_cast<size_t>(s.st_size) + 1));
  while (true) {
    const ssize_t n = read(from, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot read " + path, errno);
    if (n == 0) return {};
    hasher.Raw({block.data(), static_cast<size_t>(n)});
    for (ssize_t done = 0; done < n;) {
      const ssize_t written = write(to, block.data() + done, static_cast<size_t>(n - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FailErrno("cannot copy " + path, errno);
      done += written;
    }
  }
}

void RemoveEntries(int directory) {
  DIR* stream = fdopendir(directory);
  if (stream == nullptr) {
    close(directory);
    return;
  }
  while (const dirent* entry = readdir(stream)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    if (entry->d_type != DT_DIR && unlinkat(dirfd(stream), name, 0) == 0) continue;
    int below = openat(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0 && errno == EACCES) {
      (void)fchmodat(dirfd(stream), name, 0700, 0);
      below = openat(dirfd(stream), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (below >= 0) {
      (void)fchmod(below, 0700);
      RemoveEntries(below);
    }
    (void)unlinkat(dirfd(stream), name, AT_REMOVEDIR);
  }
  closedir(stream);
}

void RemoveLeftovers(const std::string& sessions) {
  DIR* stream = opendir(sessions.c_str());
  if (stream == nullptr) return;
  std::vector<std::string> old;
  while (const dirent* entry = readdir(stream)) {
    if (entry->d_name[0] != '.') old.push_back(JoinPath(sessions, entry->d_name));
  }
  closedir(stream);
  for (const std::string& path : old) {
    struct stat s {};
    if (lstat(path.c_str(), &s) != 0 || std::time(nullptr) - s.st_ctim.tv_sec < kYoung) continue;
    const int lock = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) continue;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) RemoveScratch(path);
    close(lock);
  }
}

}  // namespace

Status CopyVerified(const std::string& from, const std::string& to, const Digest& digest,
                    mode_t mode) {
  const int source = open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (source < 0 && (errno == ENOENT || errno == ELOOP)) {
    return Fail(ErrorKind::kConflict, fmt::format("{} changed while it was read", from));
  }
  if (source < 0) return FailErrno("cannot open " + from, errno);
  const int target = open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (target < 0) {
    const int error = errno;
    close(source);
    return FailErrno("cannot create " + to, error);
  }
  Hasher hasher;
  Status copied = CopyOpen(source, target, hasher, from);
  if (copied && fchmod(target, mode) != 0) copied = FailErrno("cannot change the mode of " + to, errno);
  close(source);
  close(target);
  OPS_TRY(copied);
  if (hasher.Finish() != digest) {
    return Fail(ErrorKind::kConflict, fmt::format("{} changed while it was read", from));
  }
  return {};
}

Status MakeScratchDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT) {
    OPS_TRY(MakeScratchDirectory(std::string(DirName(path))));
    if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  }
  return FailErrno("cannot make directory " + path, errno);
}

void RemoveScratch(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return;
  int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) {
    (void)chmod(path.c_str(), 0700);
    directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  if (directory >= 0) {
    (void)fchmod(directory, 0700);
    RemoveEntries(directory);
  }
  (void)rmdir(path.c_str());
}

Result<std::unique_ptr<Session>> Session::Open(const std::string& state_dir) {
  const std::string sessions = JoinPath(state_dir, "tmp");
  OPS_TRY(MakeScratchDirectory(sessions));
  RemoveLeftovers(sessions);
  std::string name = JoinPath(sessions, fmt::format("{}-XXXXXX", getpid()));
  if (mkdtemp(name.data()) == nullptr) return FailErrno("cannot make a directory in " + sessions, errno);
  const int lock = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (lock >= 0) close(lock);
    return FailErrno("cannot lock " + name, error);
  }
  return std::unique_ptr<Session>(new Session(std::move(name), lock));
}

Session::~Session() {
  RemoveScratch(directory_);
  close(lock_);
}

std::string Session::NewPath(std::string_view prefix) {
  return fmt::format("{}/{}{}", directory_, prefix, next_.fetch_add(1));
}

}  // namespace opsc
