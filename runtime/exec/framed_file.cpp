#include "runtime/exec/framed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/exec/scratch.h"

namespace opsc {
namespace {

constexpr size_t kCheck = 8;
constexpr size_t kHeader = 4 + kCheck;

std::string Frame(const std::vector<std::string>& records) {
  std::string bytes;
  for (const std::string& record : records) {
    const auto size = static_cast<uint32_t>(record.size());
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(size >> (8 * i) & 255));
    const Digest digest = Sha256(record);
    bytes.append(reinterpret_cast<const char*>(digest.bytes.data()), kCheck);
    bytes += record;
  }
  return bytes;
}

Status WriteTo(const std::string& path, int flags, const std::string& bytes) {
  OPS_TRY(MakeScratchDirectory(std::string(DirName(path))));
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  if (fd < 0) return FailErrno("cannot open " + path, errno);
  const ssize_t n = write(fd, bytes.data(), bytes.size());
  const int error = n < 0 ? errno : ENOSPC;
  close(fd);
  if (n != static_cast<ssize_t>(bytes.size())) return FailErrno("cannot write " + path, error);
  return {};
}

std::string ReadWhole(const std::string& path) {
  std::string bytes;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return bytes;
  struct stat s{};
  if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode)) bytes.resize(static_cast<size_t>(s.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  close(fd);
  return bytes;
}

}  // namespace

std::vector<std::string> ReadFramedFile(const std::string& path) {
  const std::string bytes = ReadWhole(path);
  std::vector<std::string> records;
  for (size_t at = 0; at + kHeader <= bytes.size();) {
    uint32_t size = 0;
    for (size_t i = 0; i < 4; ++i) {
      size |= uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    if (size > bytes.size() - at - kHeader) break;
    std::string record = bytes.substr(at + kHeader, size);
    const Digest digest = Sha256(record);
    if (std::memcmp(digest.bytes.data(), bytes.data() + at + 4, kCheck) != 0) break;
    records.push_back(std::move(record));
    at += kHeader + size;
  }
  return records;
}

Status AppendFramedFile(const std::string& path, const std::vector<std::string>& records) {
  return WriteTo(path, O_APPEND, Frame(records));
}

Status RewriteFramedFile(const std::string& path, const std::vector<std::string>& records) {
  const std::string temporary = path + ".new-" + std::to_string(getpid());
  OPS_TRY(WriteTo(temporary, O_TRUNC, Frame(records)));
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return FailErrno("cannot replace " + path, errno);
  return {};
}

}  // namespace opsc
