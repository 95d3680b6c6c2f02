#include "runtime/store/digest_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/store/byte_codec.h"
#include "runtime/store/posix_file.h"

namespace opsc {
namespace {

constexpr std::string_view kMagic = "OPSCDIG1";
constexpr uint32_t kKeepDays = 30;
constexpr size_t kSmallestEntry = 81;  // bytes, of an empty path

// The clock behind ctime ticks every 1 to 10 ms; where times are whole seconds (FAT, some network
// file systems), every 2 s.
constexpr int64_t kTickNs = 20'000'000;
constexpr int64_t kCoarseTickNs = 2'000'000'000;

int64_t Nanoseconds(Time time) {
  return time.time_since_epoch().count();
}

uint32_t DayOf(Time time) {
  return static_cast<uint32_t>(Nanoseconds(time) / (int64_t{86'400} * 1'000'000'000));
}

// Was the last change long enough before the hashing that a later one has another ctime?
bool ChangedWellBefore(const FileStat& stat, int64_t hashed) {
  bool coarse = stat.mtime_ns % 1'000'000'000 == 0 && stat.ctime_ns % 1'000'000'000 == 0;
  int64_t tick = coarse ? kCoarseTickNs : kTickNs;
  return std::max(stat.mtime_ns, stat.ctime_ns) < hashed - tick;
}

}  // namespace

std::optional<Digest> DigestCache::Find(std::string_view file, const FileStat& stat, Time now) {
  std::scoped_lock lock(mutex_);
  Load();
  auto found = entries_.find(file);
  if (found == entries_.end() || found->second.stat != stat) return std::nullopt;
  Entry& entry = found->second;
  if (!ChangedWellBefore(stat, entry.hashed)) return std::nullopt;
  uint32_t today = DayOf(now);
  changed_ |= entry.used != today;
  entry.used = today;
  return entry.digest;
}

void DigestCache::Remember(std::string_view file, const FileStat& stat, const Digest& digest,
                           Time hashed) {
  std::scoped_lock lock(mutex_);
  Load();
  Entry entry{stat, Nanoseconds(hashed), DayOf(hashed), digest};
  changed_ = true;
  auto found = entries_.find(file);
  if (found != entries_.end()) {
    found->second = entry;
    return;
  }
  entries_.emplace(added_.emplace_back(file), entry);
}

void DigestCache::Load() {
  if (loaded_) return;
  loaded_ = true;
  Fd fd = OpenFd(path_, O_RDONLY);
  auto content = fd ? ReadToEnd(fd.get(), path_) : Result<std::string>("");
  if (content) file_ = std::move(*content);
  if (!Parse()) entries_.clear();
}

bool DigestCache::Parse() {
  constexpr size_t kDigestSize = 32;
  std::string_view bytes = file_;
  if (bytes.size() < kMagic.size() + 8 + kDigestSize || !bytes.starts_with(kMagic)) return false;
  std::string_view body = bytes.substr(0, bytes.size() - kDigestSize);
  ByteReader trailer(bytes.substr(body.size()));
  if (Sha256(body) != trailer.Hash()) return false;
  ByteReader from(body.substr(kMagic.size()));
  uint64_t count = from.U64();
  if (count > body.size() / kSmallestEntry) return false;
  entries_.reserve(count);
  while (!from.at_end() && from.ok()) {
    std::string_view path = from.Bytes();
    Entry entry;
    entry.stat = from.Stat();
    entry.hashed = from.I64();
    entry.used = from.U32();
    entry.digest = from.Hash();
    if (from.ok()) entries_.emplace(path, entry);
  }
  return from.done() && entries_.size() == count;
}

Status DigestCache::WriteTo(int fd, uint32_t today, const std::string& name) const {
  constexpr size_t kPiece = size_t{64} << 10;
  auto is_kept = [&](const auto& known) { return known.second.used + kKeepDays >= today; };
  Hasher all;
  ByteWriter to;
  auto write = [&] {
    all.Raw(to.out);
    Status written = WriteFully(fd, to.out, name);
    to.out.clear();
    return written;
  };
  to.out = kMagic;
  to.U64(static_cast<uint64_t>(std::ranges::count_if(entries_, is_kept)));
  for (const auto& known : entries_) {
    if (!is_kept(known)) continue;
    const auto& [path, entry] = known;
    to.Bytes(path);
    to.Stat(entry.stat);
    to.I64(entry.hashed);
    to.U32(entry.used);
    to.Hash(entry.digest);
    if (to.out.size() >= kPiece) OPS_TRY(write());
  }
  OPS_TRY(write());
  to.Hash(all.Finish());
  return WriteFully(fd, to.out, name);
}

Status DigestCache::Save(Time now) {
  std::scoped_lock lock(mutex_);
  if (!changed_) return {};
  std::string directory(DirName(path_));
  OPS_TRY(MakeDirectories(directory));
  std::string temporary = path_ + ".new-" + HexOf(RandomBytes(8));
  Fd fd = OpenFd(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!fd) return FailErrno("cannot create " + temporary, errno);
  Status written = WriteTo(fd.get(), DayOf(now), temporary);
  if (written && rename(temporary.c_str(), path_.c_str()) != 0) {
    written = FailErrno("cannot replace " + path_, errno);
  }
  if (!written) {
    unlink(temporary.c_str());
    return written;
  }
  changed_ = false;
  return {};
}

}  // namespace opsc
