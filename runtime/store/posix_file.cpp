#include "runtime/store/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/check.h"
#include "runtime/base/env.h"

namespace opsc {

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Fd OpenFd(const std::string& path, int flags, unsigned mode) {
  int fd;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Fd(fd);
}

ssize_t ReadFully(int fd, char* buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(fd, buffer + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

Status WriteFully(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == ENOSPC || errno == EDQUOT)) {
      int error = errno;
      auto failed = FailErrno("cannot write " + path, error);
      failed.error().hint = "make room on this file system, then run opsc again";
      return failed;
    }
    if (n < 0) return FailErrno("cannot write " + path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<std::string> ReadToEnd(int fd, const std::string& path) {
  struct stat s{};
  if (fstat(fd, &s) != 0) return FailErrno("cannot read " + path, errno);
  if (S_ISDIR(s.st_mode)) return FailErrno("cannot read " + path, EISDIR);
  std::string content(S_ISREG(s.st_mode) ? static_cast<size_t>(s.st_size) + 1 : 4096, '\0');
  size_t size = 0;
  while (true) {
    if (size == content.size()) content.resize(size + size / 2 + 4096);
    ssize_t n = ReadFully(fd, content.data() + size, content.size() - size);
    if (n < 0) return FailErrno("cannot read " + path, errno);
    size += static_cast<size_t>(n);
    if (size < content.size()) break;
  }
  content.resize(size);
  return content;
}

Status MakeDirectories(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0) return {};
  if (errno == ENOENT && DirName(path) != path) {
    OPS_TRY(MakeDirectories(std::string(DirName(path))));
    if (mkdir(path.c_str(), 0777) == 0) return {};
  }
  int error = errno;
  struct stat s{};
  if (error == EEXIST && stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) return {};
  return FailErrno("cannot make directory " + path, error == EEXIST ? ENOTDIR : error);
}

Status SyncDirectoryOf(const std::string& path) {
  std::string directory(DirName(path));
  Fd fd = OpenFd(directory, O_RDONLY | O_DIRECTORY);
  if (!fd || fsync(fd.get()) != 0) return FailErrno("cannot sync " + directory, errno);
  return {};
}

namespace {

// Names in a directory, `.` and `..` left out; made readable and writable where it is not.
Result<std::vector<std::string>> NamesToRemove(const std::string& path) {
  chmod(path.c_str(), 0700);
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return FailErrno("cannot remove " + path, errno);
  std::vector<std::string> names;
  while (dirent* entry = readdir(directory)) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  closedir(directory);
  return names;
}

}  // namespace

Status RemoveTree(const std::string& path) {
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0) {
    if (errno == ENOENT) return {};
    return FailErrno("cannot remove " + path, errno);
  }
  if (S_ISDIR(s.st_mode)) {
    OPS_ASSIGN(std::vector<std::string> names, NamesToRemove(path));
    for (const std::string& name : names) OPS_TRY(RemoveTree(path + "/" + name));
  }
  int failed = S_ISDIR(s.st_mode) ? rmdir(path.c_str()) : unlink(path.c_str());
  if (failed != 0 && errno != ENOENT) return FailErrno("cannot remove " + path, errno);
  return {};
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  ssize_t got = getrandom(bytes.data(), count, 0);  // up to 256 bytes come whole
  OPS_CHECK(got == static_cast<ssize_t>(count), "the kernel gives random bytes");
  return bytes;
}

std::string HexOf(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (char c : bytes) {
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

std::string BytesOfHex(std::string_view hex) {
  auto nibble = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  if (hex.size() % 2 != 0) return bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    int high = nibble(hex[i]), low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace opsc
