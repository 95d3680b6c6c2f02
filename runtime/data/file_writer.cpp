#include "runtime/data/file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace opsc {
namespace {

constexpr size_t kBuffer = 256 * 1024;

}  // namespace

Result<std::unique_ptr<FileWriter>> FileWriter::Open(const std::string& path) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return FailErrno("cannot write " + path, errno);
  return std::unique_ptr<FileWriter>(new FileWriter(path, fd));
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) close(fd_);
}

Status FileWriter::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot write " + path_, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Status FileWriter::Flush() {
  OPS_TRY(WriteAll(buffer_));
  buffer_.clear();
  return {};
}

Status FileWriter::Write(std::string_view bytes) {
  written_ += bytes.size();
  if (bytes.size() >= kBuffer) {
    OPS_TRY(Flush());
    return WriteAll(bytes);
  }
  buffer_ += bytes;
  return buffer_.size() >= kBuffer ? Flush() : Status();
}

Status FileWriter::Close() {
  if (fd_ < 0) return {};
  Status flushed = Flush();
  if (close(std::exchange(fd_, -1)) != 0 && flushed) {
    return FailErrno("cannot write " + path_, errno);
  }
  return flushed;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno("cannot read " + path, errno);
  struct stat s{};
  void* data = nullptr;
  int error = fstat(fd, &s) != 0 ? errno : 0;
  auto size = static_cast<size_t>(s.st_size);
  if (error == 0 && !S_ISREG(s.st_mode)) error = EISDIR;
  if (error == 0 && size > 0) {
    data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) error = errno;
  }
  close(fd);
  if (error != 0) return FailErrno("cannot read " + path, error);
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace opsc
