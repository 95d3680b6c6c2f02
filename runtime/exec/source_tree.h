// The files of the project, walked once for all tasks.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/sightings.h"

namespace opsc {

// A file, a symbolic link (never followed) or an empty directory of the project.
struct SourceEntry {
  std::string path;  // relative to the project root
  FileType type = FileType::kMissing;
};

// All entries below one directory, sorted by path. Never holds `.ops` or `.git`.
struct SourceListing {
  std::vector<SourceEntry> entries;
};

// Listings of project directories. A listing is used again only while every directory in it has the
// FileStat it had, so a file that comes or goes is always seen. Thread-safe.
class SourceTree {
 public:
  SourceTree(std::string project_root, Env* env);

  // Everything below `directory` (relative; "." for the project). An unchanged tree gives the same
  // pointer. A directory that does not exist has no entries.
  Result<std::shared_ptr<const SourceListing>> Below(const std::string& directory);

  // Entries that match `include` and not `exclude`, sorted, without duplicates. A plain path must
  // exist and stands for all below it where it is a directory; a pattern must match something.
  struct Selection {
    std::vector<std::string> include;
    std::vector<std::string> exclude;
  };
  Result<std::shared_ptr<const SourceListing>> Select(const Selection& selection);

  // The same for paths that are taken as they stand, whatever characters they hold.
  Result<std::shared_ptr<const SourceListing>> SelectNamed(const std::vector<std::string>& paths);

  // The existing path that `missing` was most likely meant to be; empty where none is near.
  std::string Nearest(std::string_view missing);
  bool Exists(const std::string& path) const;
  // Paths that end in "/suffix" (or are it), at most `limit`.
  std::vector<std::string> WithSuffix(std::string_view suffix, size_t limit);
  // The directories of all listings, as they were when they were read.
  void AddSeen(Sightings& seen);

 private:
  // What a listing was made from: every directory in it, as it was when it was read.
  struct Walk {
    std::shared_ptr<SourceListing> listing;
    std::vector<std::pair<std::string, FileStat>> directories;
    bool racy = false;  // a directory changed so shortly before that a later change may not show
  };
  struct CachedSelection {
    std::shared_ptr<const SourceListing> matched;
    std::vector<std::pair<std::string, std::shared_ptr<const SourceListing>>>
        from;                                             // base, listing
    std::vector<std::pair<std::string, FileType>> plain;  // plain paths and what they were
  };

  bool IsCurrent(const Walk& walk) const;
  bool IsCurrent(const CachedSelection& selection);
  Status WalkInto(const std::string& directory, Walk& walk) const;
  Result<std::shared_ptr<const SourceListing>> BelowLocked(const std::string& directory);
  Result<CachedSelection> Expand(const Selection& selection);
  void Finish(CachedSelection& result, std::vector<SourceEntry> entries) const;
  Status AddPlain(const std::string& path, CachedSelection& result,
                  std::vector<SourceEntry>& entries);
  std::string NearestLocked(std::string_view missing);
  std::string Absolute(const std::string& relative) const { return JoinPath(root_, relative); }

  const std::string root_;
  Env* const env_;
  std::mutex mutex_;
  std::unordered_map<std::string, Walk> walks_;                  // by directory
  std::unordered_map<std::string, CachedSelection> selections_;  // by its patterns
};

// Is the path `.ops` or `.git`, or below one? Such paths are never sources.
bool IsOwnPath(std::string_view path);

}  // namespace opsc
