// The programs a command may call, found as the command would find them.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/sightings.h"

namespace opsc {

// One program: its name, the file behind it, and a digest of both. A script's interpreter counts as
// part of it.
struct Tool {
  std::string name;
  std::string path;       // first hit on PATH, absolute
  std::string real_path;  // with links followed
  Digest digest;
  // Every file that the digest was made from, as it was then.
  std::vector<std::pair<std::string, FileStat>> seen;
};

// Programs by name. What was looked up is trusted for a tenth of a second, so that a thousand tasks
// that call `sh` cost one look-up; names that are in no directory cost none. Thread-safe.
class Tools {
 public:
  // Entries of `path` that are relative or inside the project are not searched: what lies there is
  // visible to a command only as an input.
  Tools(std::string path, std::string project_root, Env* env, FileDigests* digests);

  // nullopt: no such program. `name` is a plain name or an absolute path.
  std::optional<Tool> Find(const std::string& name);
  // Programs named by words of `script`, sorted by name: a cheap superset of what it calls.
  std::vector<Tool> InScript(std::string_view script);
  // Are the files behind `tool` still what they were? Trusts nothing that was looked up before.
  bool IsCurrent(const Tool& tool) const;
  // Programs that were found, directories that were searched, and paths that are no programs.
  // False: what was found changed in between.
  bool AddSeen(Sightings& seen);

  // Directories that are searched, in order.
  const std::vector<std::string>& directories() const { return directories_; }
  // PATH as a command gets it.
  const std::string& path() const { return path_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Entry {
    std::optional<Tool> tool;
    TimePoint checked;
  };
  // The names in one directory of PATH.
  struct Names {
    FileStat stat;
    bool racy = true;  // so young that a later change may not show in `stat`
    std::unordered_set<std::string> names;
  };
  std::optional<Tool> Search(const std::string& name, int depth);
  bool IsProgramNow(const std::string& path);
  std::optional<Tool> Inspect(const std::string& name, const std::string& path, int depth);
  bool DigestFile(const std::string& path, Tool& tool, Hasher& hasher);
  void ListDirectories(TimePoint now);

  std::vector<std::string> directories_;
  std::string path_;
  Env* const env_;
  FileDigests* const digests_;
  std::mutex mutex_;
  std::vector<Names> names_;  // of each of `directories_`
  TimePoint listed_{};
  std::unordered_map<std::string, Entry> known_;
  std::set<std::string> refused_;  // paths that were tried and are no programs
  bool changed_ = false;           // a later look found something else than an earlier one
};

}  // namespace opsc
