// The world as the core sees it: files, clock and environment behind one seam.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace opsc {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

enum class FileType : uint8_t { kMissing, kFile, kDirectory, kSymlink, kOther };

// What lstat(2) says. Two equal FileStats of one path mean equal content, as long as `ctime` is
// older than the moment of reading (the "racily clean" rule of git's index).
struct FileStat {
  FileType type = FileType::kMissing;
  uint32_t mode = 0;  // permission bits only
  uint64_t size = 0;  // bytes
  uint64_t inode = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;

  friend bool operator==(const FileStat&, const FileStat&) = default;
};

struct DirEntry {
  std::string name;
  FileType type = FileType::kMissing;
};

// What a write survives besides the death of the process.
enum class Durability {
  kSynced,  // the power: synced before it returns; for what nothing else can make again
  kCached,  // nothing more: for what the next run sees to be missing and repairs
};

// Files, clock and environment variables. Thread-safe. Paths are absolute or relative to the
// working directory of the process; symbolic links are not followed by Stat and List.
class Env {
 public:
  virtual ~Env() = default;

  virtual FileStat Stat(const std::string& path) = 0;  // kMissing instead of an error
  virtual Result<std::string> ReadFile(const std::string& path) = 0;
  // SHA-256 of the content; the real one reads in chunks, so a file may be larger than memory.
  virtual Result<Digest> HashFile(const std::string& path);
  virtual Result<std::string> ReadLink(const std::string& path) = 0;
  virtual Result<std::vector<DirEntry>> List(const std::string& path) = 0;  // sorted by name
  // Temporary name, then rename: a reader sees the old content or the new, never a part.
  virtual Status WriteFile(const std::string& path, std::string_view content, uint32_t mode,
                           Durability durability) = 0;
  Status WriteFile(const std::string& path, std::string_view content, uint32_t mode) {
    return WriteFile(path, content, mode, Durability::kSynced);
  }
  virtual Status MakeDirs(const std::string& path) = 0;
  virtual Status Remove(
      const std::string& path) = 0;  // a file, link or empty directory; absent is fine
  virtual Status SetMode(const std::string& path, uint32_t mode) = 0;

  virtual Time Now() = 0;
  virtual std::optional<std::string> Variable(const std::string& name) = 0;
};

std::unique_ptr<Env> MakeRealEnv();

// An Env in memory, for tests: public data, a clock that moves only when told.
class MemoryEnv : public Env {
 public:
  struct Node {
    FileType type = FileType::kFile;
    uint32_t mode = 0644;
    std::string content;  // a link's target for kSymlink
    int64_t mtime_ns = 0;
    uint64_t inode = 0;
  };
  std::map<std::string, Node> nodes;
  std::map<std::string, std::string> variables;
  Time now{};
  uint64_t next_inode = 1;

  FileStat Stat(const std::string& path) override;
  Result<std::string> ReadFile(const std::string& path) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Result<std::vector<DirEntry>> List(const std::string& path) override;
  using Env::WriteFile;
  Status WriteFile(const std::string& path, std::string_view content, uint32_t mode,
                   Durability durability) override;
  Status MakeDirs(const std::string& path) override;
  Status Remove(const std::string& path) override;
  Status SetMode(const std::string& path, uint32_t mode) override;
  Time Now() override { return now; }
  std::optional<std::string> Variable(const std::string& name) override;
};

// "2026-11-23T11:53:00.123Z" (RFC 3339, UTC, milliseconds).
std::string FormatTime(Time time);

// Lexical: "a/./b/../c" -> "a/c"; empty where it would leave the root ("../x" or "/x").
std::optional<std::string> NormalRelativePath(std::string_view path);
std::string JoinPath(std::string_view base, std::string_view relative);
std::string_view BaseName(std::string_view path);
std::string_view DirName(std::string_view path);  // "." where there is none

}  // namespace opsc
