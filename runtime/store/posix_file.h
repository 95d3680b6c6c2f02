// Files as the store needs them: descriptors, whole reads and writes, random names.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/result.h"

namespace opsc {

// An open descriptor, closed at the end of its scope. -1: none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// `open` with O_CLOEXEC, again after EINTR. An invalid Fd leaves errno.
Fd OpenFd(const std::string& path, int flags, unsigned mode = 0);

// `read` until `size` bytes or the end; -1 leaves errno.
ssize_t ReadFully(int fd, char* buffer, size_t size);
Status WriteFully(int fd, std::string_view bytes, const std::string& path);
// All that is readable from `fd`; `path` is for messages.
Result<std::string> ReadToEnd(int fd, const std::string& path);
Status MakeDirectories(const std::string& path);
Status SyncDirectoryOf(const std::string& path);
// Removes a file, link or directory with everything in it, also where directories are read-only.
// Absent is fine; links are not followed.
Status RemoveTree(const std::string& path);

// `count` bytes of the kernel's generator.
std::string RandomBytes(size_t count);
std::string HexOf(std::string_view bytes);
// The bytes of an even number of lower-case hex digits; empty where it is no hex.
std::string BytesOfHex(std::string_view hex);

}  // namespace opsc
