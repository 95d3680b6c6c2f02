#include "runtime/exec/framed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

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

// Gives the offset behind what was written.
Result<uint64_t> WriteTo(const std::string& path, int flags, const std::string& bytes) {
  OPS_TRY(MakeScratchDirectory(std::string(DirName(path))));
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  if (fd < 0) return FailErrno("cannot open " + path, errno);
  const ssize_t n = write(fd, bytes.data(), bytes.size());
  const int error = n < 0 ? errno : ENOSPC;
  const off_t end = lseek(fd, 0, SEEK_CUR);  // after an append: the end of what this call wrote
  // A torn record would hide all that is appended behind it.
  if (n > 0 && n != static_cast<ssize_t>(bytes.size())) (void)ftruncate(fd, end - n);
  close(fd);
  if (n != static_cast<ssize_t>(bytes.size())) return FailErrno("cannot write " + path, error);
  return static_cast<uint64_t>(end);
}

// Reads a file from its beginning or any place on, through a buffer.
class FrameReader {
 public:
  explicit FrameReader(const std::string& path) : file_(std::fopen(path.c_str(), "rbe")) {
    struct stat s{};
    if (file_ && fstat(fileno(file_.get()), &s) == 0 && S_ISREG(s.st_mode)) {
      size_ = static_cast<uint64_t>(s.st_size);
    }
  }

  bool Seek(uint64_t offset) {
    at_ = offset;
    return file_ && fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) == 0;
  }

  // The record at this place and the place itself; nothing where none is whole.
  std::optional<std::pair<std::string, FramePlace>> Next() {
    std::array<unsigned char, kHeader> header{};
    if (at_ + kHeader > size_ || !Read(header.data(), kHeader)) return std::nullopt;
    uint32_t size = 0;
    for (size_t i = 0; i < 4; ++i) size |= uint32_t{header[i]} << (8 * i);
    if (size > size_ - at_ - kHeader) return std::nullopt;
    std::string record(size, '\0');
    if (!Read(record.data(), size)) return std::nullopt;
    if (std::memcmp(Sha256(record).bytes.data(), header.data() + 4, kCheck) != 0) {
      return std::nullopt;
    }
    const FramePlace place{at_, size};
    at_ += kHeader + size;
    return std::pair(std::move(record), place);
  }

 private:
  bool Read(void* into, size_t size) { return std::fread(into, 1, size, file_.get()) == size; }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
};

}  // namespace

void VisitFramedFile(const std::string& path,
                     const std::function<void(std::string record, FramePlace place)>& visit) {
  FrameReader reader(path);
  while (auto next = reader.Next()) visit(std::move(next->first), next->second);
}

std::vector<std::string> ReadFramedFile(const std::string& path) {
  std::vector<std::string> records;
  VisitFramedFile(path,
                  [&](std::string record, FramePlace) { records.push_back(std::move(record)); });
  return records;
}

std::optional<std::string> ReadFramedRecord(const std::string& path, FramePlace place) {
  FrameReader reader(path);
  if (!reader.Seek(place.offset)) return std::nullopt;
  auto record = reader.Next();
  if (!record || record->second != place) return std::nullopt;
  return std::move(record->first);
}

Status AppendFramedFile(const std::string& path, const std::vector<std::string>& records) {
  OPS_TRY(WriteTo(path, O_APPEND, Frame(records)));
  return {};
}

Result<FramePlace> AppendFramedRecord(const std::string& path, const std::string& record) {
  OPS_ASSIGN(const uint64_t end, WriteTo(path, O_APPEND, Frame({record})));
  return FramePlace{end - record.size() - kHeader, static_cast<uint32_t>(record.size())};
}

Status RewriteFramedFile(const std::string& path, const std::vector<std::string>& records) {
  const std::string temporary = path + ".new-" + std::to_string(getpid());
  OPS_TRY(WriteTo(temporary, O_TRUNC, Frame(records)));
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return FailErrno("cannot replace " + path, errno);
  return {};
}

}  // namespace opsc
