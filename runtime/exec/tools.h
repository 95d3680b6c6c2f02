// The programs a command may call, found as the command would find them.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/graph/content_store.h"

namespace opsc {

// One program: its name, the file behind it, and a digest of both. A script's interpreter counts as
// part of it.
struct Tool {
  std::string name;
  std::string path;       // first hit on PATH, absolute
  std::string real_path;  // with links followed
  Digest digest;
};

// Programs by name. What was looked up is trusted for a tenth of a second, so that a thousand tasks
// that call `sh` cost one look-up. Thread-safe.
class Tools {
 public:
  // Entries of `path` that are relative or inside the project are not searched: what lies there is
  // visible to a command only as an input.
  Tools(std::string path, std::string project_root, FileDigests* digests);

  // nullopt: no such program. `name` is a plain name or an absolute path.
  std::optional<Tool> Find(const std::string& name);
  // Programs named by words of `script`, sorted by name: a cheap superset of what it calls.
  std::vector<Tool> InScript(std::string_view script);
  // Would `tool` be found again, with the same content? Trusts nothing that was looked up before.
  bool IsCurrent(const Tool& tool);

  // Directories that are searched, in order.
  const std::vector<std::string>& directories() const { return directories_; }
  // PATH as a command gets it.
  const std::string& path() const { return path_; }

 private:
  struct Entry {
    std::optional<Tool> tool;
    std::chrono::steady_clock::time_point checked;
  };
  std::optional<Tool> Search(const std::string& name, int depth);
  std::optional<Tool> Inspect(const std::string& name, const std::string& path, int depth);
  Result<Digest> DigestOfProgram(const std::string& real_path, int depth);

  std::vector<std::string> directories_;
  std::string path_;
  FileDigests* const digests_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> known_;
};

}  // namespace opsc
