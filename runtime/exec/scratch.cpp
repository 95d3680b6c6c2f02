#include "runtime/exec/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr size_t kBlock = 256 * 1024;
// A session is locked right after it was made; only older ones may be leftovers.
constexpr std::time_t kYoung = 2;

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot write " + path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status CopyOpen(int from, int to, Hasher& hasher, const std::string& path) {
  std::array<char, 16 * 1024> small;
  std::vector<char> large;
  std::span<char> block = small;
  while (true) {
    const ssize_t n = read(from, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot read " + path, errno);
    const std::string_view bytes(block.data(), static_cast<size_t>(n));
    hasher.Raw(bytes);
    OPS_TRY(WriteAll(to, bytes, path));
    // A regular file gives all it has, so a short read is its end.
    if (bytes.size() < block.size()) return {};
    if (large.empty()) {
      large.resize(kBlock);
      block = large;
    }
  }
}

// Permission bits that new files do not get. Read once: there is no thread-safe way to ask for it.
mode_t ProcessMask() {
  static const mode_t mask = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Umask:"))
        return static_cast<mode_t>(std::stoul(line.substr(6), nullptr, 8));
    }
    return mode_t{0777};
  }();
  return mask;
}

// getdents64(2) writes these one after the other; the name goes on to its NUL.
struct LinuxDirent {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name_begin;
};

bool RemoveEntry(int directory, const char* name, uint8_t type, SpareInodes* spares);

// Empties `directory` but for `kept`, and closes it. False where something could not be removed.
bool RemoveEntries(int directory, std::string_view kept, SpareInodes* spares) {
  alignas(LinuxDirent) char block[8192];
  bool all = true;
  while (true) {
    const long n = syscall(SYS_getdents64, directory, block, sizeof block);
    if (n <= 0) break;
    for (long at = 0; at < n;) {
      const auto* entry = reinterpret_cast<const LinuxDirent*>(block + at);
      const char* name_text = block + at + offsetof(LinuxDirent, name_begin);
      const std::string_view name = name_text;
      at += entry->length;
      if (name == "." || name == ".." || name == kept) continue;
      all = RemoveEntry(directory, name_text, entry->type, spares) && all;
    }
  }
  close(directory);
  return all;
}

bool RemoveEntry(int directory, const char* name, uint8_t type, SpareInodes* spares) {
  if (spares != nullptr && type == DT_REG && spares->GiveFile(directory, name)) return true;
  if (type != DT_DIR && unlinkat(directory, name, 0) == 0) return true;
  if (type != DT_DIR && errno == ENOENT) return true;
  if (errno == EACCES) (void)fchmod(directory, 0700);  // a command may take rights away
  if (type != DT_DIR && unlinkat(directory, name, 0) == 0) return true;
  const bool goes_to_stock = spares != nullptr && type == DT_DIR;
  if (!goes_to_stock && unlinkat(directory, name, AT_REMOVEDIR) == 0) return true;
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int below = openat(directory, name, kFlags);
  if (below < 0 && errno == EACCES) {
    (void)fchmodat(directory, name, 0700, 0);
    below = openat(directory, name, kFlags);
  }
  const bool emptied = below >= 0 && RemoveEntries(below, {}, spares);
  if (emptied && goes_to_stock && spares->GiveDirectory(directory, name)) return true;
  if (unlinkat(directory, name, AT_REMOVEDIR) == 0) return true;
  (void)fchmod(directory, 0700);
  return unlinkat(directory, name, AT_REMOVEDIR) == 0;
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
    struct stat s{};
    if (lstat(path.c_str(), &s) != 0 || std::time(nullptr) - s.st_ctim.tv_sec < kYoung) continue;
    const int lock = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0) continue;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) RemoveScratch(path);
    close(lock);
  }
}

}  // namespace

Status CopyVerified(const std::string& from, const std::string& to, const Digest& digest,
                    mode_t mode, SpareInodes* spares) {
  const int source = open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (source < 0 && (errno == ENOENT || errno == ELOOP)) {
    return Fail(ErrorKind::kConflict, fmt::format("{} changed while it was read", from));
  }
  if (source < 0) return FailErrno("cannot open " + from, errno);
  const bool spare = spares != nullptr && spares->TakeFile(to);
  const int how = spare ? O_TRUNC | O_NOFOLLOW : O_CREAT | O_EXCL;
  const int target = open(to.c_str(), O_WRONLY | O_CLOEXEC | how, mode);
  if (target < 0) {
    const int error = errno;
    close(source);
    return FailErrno("cannot create " + to, error);
  }
  Hasher hasher;
  Status copied = CopyOpen(source, target, hasher, from);
  const bool other_mode = spare || (mode & ProcessMask()) != 0;
  if (copied && other_mode && fchmod(target, mode) != 0)
    copied = FailErrno("cannot change the mode of " + to, errno);
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
  (void)RemoveEntry(AT_FDCWD, path.c_str(), DT_UNKNOWN, nullptr);
}

bool EmptyScratch(const std::string& path, std::string_view kept, mode_t mode,
                  SpareInodes* spares) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return false;
  if (!RemoveEntries(directory, kept, spares)) return false;
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0 || !S_ISDIR(s.st_mode)) return false;
  if ((s.st_mode & 07777) != mode && chmod(path.c_str(), mode) != 0) return false;
  // Access lists and other attributes would stay with the directory.
  return llistxattr(path.c_str(), nullptr, 0) == 0;
}

Result<std::unique_ptr<Session>> Session::Open(const std::string& state_dir) {
  const std::string sessions = JoinPath(state_dir, "tmp");
  OPS_TRY(MakeScratchDirectory(sessions));
  RemoveLeftovers(sessions);
  std::string name = JoinPath(sessions, fmt::format("{}-XXXXXX", getpid()));
  if (mkdtemp(name.data()) == nullptr)
    return FailErrno("cannot make a directory in " + sessions, errno);
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
