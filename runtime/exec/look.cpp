#include "runtime/exec/look.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace opsc {
namespace {

// The clock behind ctime ticks every 1 to 10 ms; where times are whole seconds, every 2 s.
constexpr int64_t kTick = 20'000'000;
constexpr int64_t kCoarseTick = 2'000'000'000;
constexpr int64_t kSecond = 1'000'000'000;

FileStat ToFileStat(const struct stat& s) {
  const auto nanoseconds = [](const timespec& time) {
    return int64_t{time.tv_sec} * kSecond + time.tv_nsec;
  };
  const FileType type = S_ISREG(s.st_mode)   ? FileType::kFile
                        : S_ISDIR(s.st_mode) ? FileType::kDirectory
                        : S_ISLNK(s.st_mode) ? FileType::kSymlink
                                             : FileType::kOther;
  return {.type = type,
          .mode = s.st_mode & 07777,
          .size = static_cast<uint64_t>(s.st_size),
          .inode = s.st_ino,
          .mtime_ns = nanoseconds(s.st_mtim),
          .ctime_ns = nanoseconds(s.st_ctim)};
}

bool ChangedWellBefore(const FileStat& stat, int64_t moment) {
  const bool coarse = stat.mtime_ns % kSecond == 0 && stat.ctime_ns % kSecond == 0;
  return stat.ctime_ns < moment - (coarse ? kCoarseTick : kTick);
}

}  // namespace

bool IsProgram(const std::string& path) {
  struct stat s{};
  return stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string RealPath(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  std::string result = real != nullptr ? real : path;
  std::free(real);
  return result;
}

FileStat StatTarget(const std::string& path) {
  struct stat s{};
  return stat(path.c_str(), &s) == 0 ? ToFileStat(s) : FileStat{};
}

Sighting SeeTarget(const std::string& path) {
  return {.look = Sighting::Look::kTarget, .path = path, .stat = StatTarget(path)};
}

Sighting SeeRealPath(const std::string& path) {
  return {.look = Sighting::Look::kRealPath, .path = path, .target = RealPath(path)};
}

SecondLook::SecondLook(const std::string& directory)
    : directory_(directory), fd_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

SecondLook::~SecondLook() {
  if (fd_ >= 0) close(fd_);
}

std::string SecondLook::Absolute(const std::string& path) const {
  return path.starts_with('/') ? path : JoinPath(directory_, path);
}

bool SecondLook::ShowsTheSame(Sighting::Look look, const std::string& path, const FileStat& stat,
                              const std::string& target) const {
  if (fd_ < 0) return false;
  if (look == Sighting::Look::kRealPath) return RealPath(Absolute(path)) == target;
  if (look == Sighting::Look::kNoProgram) return !IsProgram(Absolute(path));
  int flags = path.empty() ? AT_EMPTY_PATH : 0;
  if (look == Sighting::Look::kEntry) flags |= AT_SYMLINK_NOFOLLOW;
  struct stat s{};
  const bool there = fstatat(fd_, path.c_str(), &s, flags) == 0;
  return (there ? ToFileStat(s) : FileStat{}) == stat;
}

bool SettledBefore(const Sightings& seen, Time began) {
  const int64_t moment = began.time_since_epoch().count();
  return std::ranges::all_of(seen, [&](const Sighting& sighting) {
    return sighting.stat.type == FileType::kMissing || ChangedWellBefore(sighting.stat, moment);
  });
}

}  // namespace opsc
