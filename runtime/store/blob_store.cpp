#include "runtime/store/blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace opsc {
namespace {

constexpr size_t kChunk = 1 << 20;            // bytes at a time; a file up to this is read whole
constexpr uint64_t kSyncFrom = 4 << 20;       // bytes; see docs/formats/store.md
constexpr int64_t kClockTickNs = 20'000'000;  // two changes nearer than this may have one ctime
constexpr int kAttempts = 3;

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return Nanoseconds(now);
}

bool SameContentStat(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && Nanoseconds(a.st_mtim) == Nanoseconds(b.st_mtim) &&
         Nanoseconds(a.st_ctim) == Nanoseconds(b.st_ctim);
}

bool ChangedJustNow(const struct stat& s) {
  return Nanoseconds(s.st_ctim) > NowNs() - kClockTickNs;
}

void Sleep(int64_t nanoseconds) {
  timespec time{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  nanosleep(&time, nullptr);
}

Result<Fd> CreateNew(const std::string& path) {
  Fd fd = OpenFd(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!fd) return FailErrno("cannot create " + path, errno);
  return fd;
}

// A small file fits; most are, and a large block costs more to get than they to copy.
size_t BlockFor(int fd) {
  struct stat s{};
  if (fstat(fd, &s) != 0 || static_cast<uint64_t>(s.st_size) >= kChunk) return kChunk;
  return std::max<size_t>(static_cast<size_t>(s.st_size) + 1, 4096);
}

// Copies from one open file to another (or nowhere: to < 0), and gives the digest of what was
// copied. Clones where the file system can; then the clone is read.
Result<Digest> CopyHashed(int from, int to, const std::string& path) {
  bool cloned = to >= 0 && ioctl(to, FICLONE, from) == 0;
  int source = cloned ? to : from;
  const size_t block = BlockFor(source);
  auto buffer = std::make_unique_for_overwrite<char[]>(block);
  Hasher hasher;
  while (true) {
    ssize_t size = ReadFully(source, buffer.get(), block);
    if (size < 0) return FailErrno("cannot read " + path, errno);
    if (size == 0) return hasher.Finish();
    std::string_view chunk(buffer.get(), static_cast<size_t>(size));
    hasher.Raw(chunk);
    if (to >= 0 && !cloned) OPS_TRY(WriteFully(to, chunk, path));
  }
}

// Makes a written file read-only, and durable where it is large.
Status Finish(int fd, const std::string& path) {
  struct stat s{};
  if (fchmod(fd, 0444) != 0 || fstat(fd, &s) != 0) {
    return FailErrno("cannot change the mode of " + path, errno);
  }
  bool large = static_cast<uint64_t>(s.st_size) >= kSyncFrom;
  if (large && fsync(fd) != 0) return FailErrno("cannot sync " + path, errno);
  return {};
}

std::string_view KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

BlobStore::BlobStore(std::string root, ScratchDir* scratch)
    : root_(std::move(root)), scratch_(scratch) {}

std::string BlobStore::PathOf(const Digest& digest) const {
  std::string hex = digest.Hex();
  return root_ + "/blobs/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

bool BlobStore::Has(const Digest& digest) const {
  struct stat s{};
  return lstat(PathOf(digest).c_str(), &s) == 0 && S_ISREG(s.st_mode);
}

// A blob that lost its end in a power cut is written again.
bool BlobStore::HasWithSize(const Digest& digest, uint64_t size) const {
  struct stat s{};
  return lstat(PathOf(digest).c_str(), &s) == 0 && S_ISREG(s.st_mode) &&
         static_cast<uint64_t>(s.st_size) == size;
}

// Gives a finished file its final name.
Status BlobStore::Adopt(const std::string& temporary, const Digest& digest) {
  std::string path = PathOf(digest);
  if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  if (errno == ENOENT) {
    OPS_TRY(MakeDirectories(path.substr(0, path.rfind('/'))));
    if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  }
  return FailErrno("cannot store " + path, errno);
}

Result<Digest> BlobStore::PutBytes(std::string_view bytes) {
  Digest digest = Sha256(bytes);
  if (HasWithSize(digest, bytes.size())) return digest;
  OPS_ASSIGN(std::string temporary, scratch_->NewPath());
  {
    OPS_ASSIGN(Fd fd, CreateNew(temporary));
    OPS_TRY(WriteFully(fd.get(), bytes, temporary));
    OPS_TRY(Finish(fd.get(), temporary));
  }
  OPS_TRY(Adopt(temporary, digest));
  return digest;
}

Result<StoredFile> BlobStore::PutFile(const std::string& path, Links links) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    OPS_ASSIGN(std::optional<StoredFile> stored, TryPutFile(path, links));
    if (stored) return *stored;
  }
  return Fail(ErrorKind::kEnvironment, path + " changes while it is read",
              "let the program that writes it finish first");
}

// nullopt: it changed meanwhile.
Result<std::optional<StoredFile>> BlobStore::TryPutFile(const std::string& path, Links links) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  int flags = O_RDONLY | O_NONBLOCK | (links == Links::kRefuse ? O_NOFOLLOW : 0);
  Fd fd = OpenFd(path, flags);
  if (!fd && errno == ENXIO) return Fail(ErrorKind::kInput, path + " is a socket, not a file");
  if (!fd) return FailErrno("cannot open " + path, errno);
  struct stat before{};
  struct stat after{};
  if (fstat(fd.get(), &before) != 0) return FailErrno("cannot read " + path, errno);
  if (!S_ISREG(before.st_mode)) {
    return Fail(ErrorKind::kInput,
                fmt::format("{} is {}, not a file", path, KindOf(before.st_mode)),
                "only files, directories and symbolic links can be stored");
  }
  auto size = static_cast<uint64_t>(before.st_size);
  std::optional<Digest> digest;
  if (size <= kChunk) {
    OPS_ASSIGN(digest, PutSmall(fd.get(), path, ChangedJustNow(before)));
  } else {
    // A change while it is read must get another ctime than the last one.
    if (ChangedJustNow(before)) Sleep(kClockTickNs);
    if (fstat(fd.get(), &before) != 0) return FailErrno("cannot read " + path, errno);
    OPS_ASSIGN(digest, PutLarge(fd.get(), path));
  }
  if (fstat(fd.get(), &after) != 0) return FailErrno("cannot read " + path, errno);
  if (!digest || !SameContentStat(before, after)) return std::nullopt;
  return StoredFile{*digest, size, (before.st_mode & S_IXUSR) != 0};
}

// A racy file is read twice: what changes within a tick of the clock shows in no stat.
Result<std::optional<Digest>> BlobStore::PutSmall(int fd, const std::string& path, bool racy) {
  OPS_ASSIGN(std::string content, ReadToEnd(fd, path));
  if (racy) {
    if (lseek(fd, 0, SEEK_SET) != 0) return FailErrno("cannot read " + path, errno);
    OPS_ASSIGN(std::string again, ReadToEnd(fd, path));
    if (again != content) return std::nullopt;
  }
  OPS_ASSIGN(Digest digest, PutBytes(content));
  return digest;
}

// Reading twice costs less than writing what the store has already.
Result<Digest> BlobStore::PutLarge(int fd, const std::string& path) {
  struct stat s{};
  if (fstat(fd, &s) != 0) return FailErrno("cannot read " + path, errno);
  OPS_ASSIGN(Digest known, CopyHashed(fd, -1, path));
  if (HasWithSize(known, static_cast<uint64_t>(s.st_size))) return known;
  if (lseek(fd, 0, SEEK_SET) != 0) return FailErrno("cannot read " + path, errno);
  OPS_ASSIGN(std::string temporary, scratch_->NewPath());
  Result<Digest> stored = PutCopy(fd, path, temporary);
  if (!stored) unlink(temporary.c_str());
  return stored;
}

// What is stored is what was copied, whatever happens to the source meanwhile.
Result<Digest> BlobStore::PutCopy(int fd, const std::string& path, const std::string& temporary) {
  OPS_ASSIGN(Fd copy, CreateNew(temporary));
  OPS_ASSIGN(Digest digest, CopyHashed(fd, copy.get(), path));
  OPS_TRY(Finish(copy.get(), temporary));
  OPS_TRY(Adopt(temporary, digest));
  return digest;
}

std::unexpected<Error> BlobStore::PutAside(const Digest& digest) {
  std::string aside = fmt::format("{}/corrupt/{}-{}", root_, digest.Hex(), HexOf(RandomBytes(4)));
  if (MakeDirectories(root_ + "/corrupt")) (void)rename(PathOf(digest).c_str(), aside.c_str());
  return Fail(ErrorKind::kCorrupt, fmt::format("the stored content {} was damaged", digest.Short()),
              fmt::format("it was moved to {}; what needs it is made again", aside));
}

Result<Fd> BlobStore::OpenBlob(const Digest& digest) const {
  std::string path = PathOf(digest);
  Fd fd = OpenFd(path, O_RDONLY | O_NOFOLLOW);
  if (fd) return fd;
  if (errno != ENOENT) return FailErrno("cannot open " + path, errno);
  return Fail(ErrorKind::kInput, fmt::format("the store has no {}", digest.Short()),
              "run what makes it again");
}

Result<std::string> BlobStore::Get(const Digest& digest) {
  OPS_ASSIGN(Fd fd, OpenBlob(digest));
  OPS_ASSIGN(std::string content, ReadToEnd(fd.get(), PathOf(digest)));
  if (Sha256(content) != digest) return PutAside(digest);
  return content;
}

Status BlobStore::Verify(const Digest& digest) {
  OPS_ASSIGN(Fd fd, OpenBlob(digest));
  OPS_ASSIGN(Digest found, CopyHashed(fd.get(), -1, PathOf(digest)));
  if (found != digest) return PutAside(digest);
  return {};
}

Status BlobStore::CopyTo(const Digest& digest, const std::string& path, unsigned mode) {
  OPS_ASSIGN(Fd from, OpenBlob(digest));
  OPS_ASSIGN(Fd to, CreateNew(path));
  OPS_ASSIGN(Digest copied, CopyHashed(from.get(), to.get(), path));
  if (copied != digest) return PutAside(digest);
  if (fchmod(to.get(), mode) != 0) return FailErrno("cannot change the mode of " + path, errno);
  return {};
}

}  // namespace opsc
