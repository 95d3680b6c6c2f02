#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr size_t kChunk = 1 << 18;  // bytes read at a time

FileType TypeOf(mode_t mode) {
  if (S_ISREG(mode)) return FileType::kFile;
  if (S_ISDIR(mode)) return FileType::kDirectory;
  if (S_ISLNK(mode)) return FileType::kSymlink;
  return FileType::kOther;
}

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// An open descriptor, closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// `path`: as it is to be called in an error.
Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("cannot write " + path, errno);
    content.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

// Makes a rename in `directory` durable.
Status SyncDirectory(const std::string& directory) {
  Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FailErrno("cannot open " + directory, errno);
  if (fsync(fd.get()) != 0) return FailErrno("cannot sync " + directory, errno);
  return {};
}

class RealEnv : public Env {
 public:
  FileStat Stat(const std::string& path) override {
    struct stat s{};
    if (lstat(path.c_str(), &s) != 0) return {};
    return {.type = TypeOf(s.st_mode),
            .mode = s.st_mode & 07777,
            .size = static_cast<uint64_t>(s.st_size),
            .inode = s.st_ino,
            .mtime_ns = Nanoseconds(s.st_mtim),
            .ctime_ns = Nanoseconds(s.st_ctim)};
  }

  Result<std::string> ReadFile(const std::string& path) override {
    Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return FailErrno("cannot open " + path, errno);
    struct stat s{};
    if (fstat(fd.get(), &s) != 0) return FailErrno("cannot read " + path, errno);
    if (S_ISDIR(s.st_mode)) return FailErrno("cannot read " + path, EISDIR);
    // One byte more than it has, so that its end is seen without growing.
    std::string content(S_ISREG(s.st_mode) ? static_cast<size_t>(s.st_size) + 1 : 0, '\0');
    size_t size = 0;
    while (true) {
      if (size == content.size()) content.resize(std::max<size_t>(4096, size + size / 2 + 1));
      ssize_t n = read(fd.get(), content.data() + size, content.size() - size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return FailErrno("cannot read " + path, errno);
      if (n == 0) break;
      size += static_cast<size_t>(n);
    }
    content.resize(size);
    return content;
  }

  Result<Digest> HashFile(const std::string& path) override {
    Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return FailErrno("cannot open " + path, errno);
    auto buffer = std::make_unique_for_overwrite<char[]>(kChunk);
    Hasher hasher;
    while (true) {
      ssize_t n = read(fd.get(), buffer.get(), kChunk);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return FailErrno("cannot read " + path, errno);
      if (n == 0) return hasher.Finish();
      hasher.Raw({buffer.get(), static_cast<size_t>(n)});
    }
  }

  Result<std::string> ReadLink(const std::string& path) override {
    std::string target(4096, '\0');
    ssize_t n = readlink(path.c_str(), target.data(), target.size());
    if (n < 0) return FailErrno("cannot read link " + path, errno);
    target.resize(static_cast<size_t>(n));
    return target;
  }

  Result<std::vector<DirEntry>> List(const std::string& path) override {
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) return FailErrno("cannot list " + path, errno);
    std::vector<DirEntry> entries;
    while (dirent* entry = readdir(directory)) {
      std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      FileType type = entry->d_type == DT_UNKNOWN ? Stat(JoinPath(path, name)).type
                                                  : TypeOf(DTTOIF(entry->d_type));
      entries.push_back({std::move(name), type});
    }
    closedir(directory);
    std::ranges::sort(entries, {}, &DirEntry::name);
    return entries;
  }

  Status WriteFile(const std::string& path, std::string_view content, uint32_t mode,
                   Durability durability) override {
    std::string temporary = path + ".opsc-" + std::to_string(getpid()) + "-" +
                            std::to_string(next_temporary_.fetch_add(1));
    Status written = WriteNew(temporary, path, content, mode, durability);
    if (written && rename(temporary.c_str(), path.c_str()) != 0) {
      written = FailErrno("cannot replace " + path, errno);
    }
    if (!written) {
      unlink(temporary.c_str());
      return written;
    }
    return durability == Durability::kSynced ? SyncDirectory(std::string(DirName(path))) : Status();
  }

  Status MakeDirs(const std::string& path) override {
    if (mkdir(path.c_str(), 0777) == 0) return {};
    if (errno == ENOENT) {
      OPS_TRY(MakeDirs(std::string(DirName(path))));
      if (mkdir(path.c_str(), 0777) == 0) return {};
    }
    int error = errno;
    struct stat s{};
    if (error == EEXIST && stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) return {};
    return FailErrno("cannot make directory " + path, error == EEXIST ? ENOTDIR : error);
  }

  Status Remove(const std::string& path) override {
    if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    if ((errno == EISDIR || errno == EPERM) && rmdir(path.c_str()) == 0) return {};
    return FailErrno("cannot remove " + path, errno);
  }

  Status SetMode(const std::string& path, uint32_t mode) override {
    if (chmod(path.c_str(), mode) == 0) return {};
    return FailErrno("cannot change the mode of " + path, errno);
  }

  Time Now() override { return std::chrono::system_clock::now(); }

  std::optional<std::string> Variable(const std::string& name) override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  }

 private:
  // `path`: what it is written for.
  static Status WriteNew(const std::string& temporary, const std::string& path,
                         std::string_view content, uint32_t mode, Durability durability) {
    Descriptor fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid()) return FailErrno("cannot create " + path, errno);
    OPS_TRY(WriteAll(fd.get(), content, path));
    if (fchmod(fd.get(), mode) != 0) return FailErrno("cannot change the mode of " + path, errno);
    if (durability == Durability::kSynced && fsync(fd.get()) != 0) {
      return FailErrno("cannot sync " + path, errno);
    }
    return {};
  }

  std::atomic<uint64_t> next_temporary_{0};
};

}  // namespace

std::unique_ptr<Env> MakeRealEnv() {
  return std::make_unique<RealEnv>();
}

}  // namespace opsc
