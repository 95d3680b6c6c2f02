#include "runtime/exec/secret_salt.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/env.h"
#include "runtime/exec/scratch.h"

namespace opsc {
namespace {

constexpr size_t kSize = 32;

std::string Read(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  std::string bytes(kSize + 1, '\0');
  const ssize_t n = read(fd, bytes.data(), bytes.size());
  close(fd);
  bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return bytes;
}

}  // namespace

Result<std::string> LoadSecretSalt(const std::string& state_dir) {
  const std::string path = JoinPath(state_dir, "cache/secret-salt");
  if (std::string salt = Read(path); salt.size() == kSize) return salt;
  std::string salt(kSize, '\0');
  if (getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(kSize)) {
    return FailErrno("cannot get random bytes", errno);
  }
  OPS_TRY(MakeScratchDirectory(std::string(DirName(path))));
  const std::string temporary = path + "." + std::to_string(getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FailErrno("cannot make " + temporary, errno);
  const ssize_t n = write(fd, salt.data(), salt.size());
  const int error = errno;
  close(fd);
  if (n != static_cast<ssize_t>(kSize)) return FailErrno("cannot write " + temporary, error);
  // The first of several processes wins; a damaged one is replaced, which only means a rerun.
  if (link(temporary.c_str(), path.c_str()) != 0 && errno == EEXIST) {
    if (std::string theirs = Read(path); theirs.size() == kSize) {
      unlink(temporary.c_str());
      return theirs;
    }
    if (rename(temporary.c_str(), path.c_str()) != 0)
      return FailErrno("cannot replace " + path, errno);
  }
  unlink(temporary.c_str());
  return salt;
}

}  // namespace opsc
