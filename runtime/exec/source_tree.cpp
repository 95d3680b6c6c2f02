#include "runtime/exec/source_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/exec/glob.h"

namespace opsc {
namespace {

// Time stamps of directories are as coarse as the kernel's tick (at most 10 ms).
constexpr int64_t kTick = 20'000'000;

bool IsOwnName(std::string_view name) {
  return name == ".ops" || name == ".git";
}

std::string KeyOf(const SourceTree::Selection& selection) {
  std::string key;
  for (const auto* patterns : {&selection.include, &selection.exclude}) {
    for (const std::string& pattern : *patterns) (key += pattern) += '\0';
    key += '\1';
  }
  return key;
}

std::unexpected<Error> RefuseOwn(std::string_view path) {
  return Fail(ErrorKind::kInput, fmt::format("`{}` lies where opsc or git keep their data", path),
              "use a task's output by its name, as in `build.server`");
}

// Optimal string alignment is not needed for a hint: insertions, deletions, substitutions.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

bool IsOwnPath(std::string_view path) {
  while (true) {
    const size_t slash = path.find('/');
    if (IsOwnName(path.substr(0, slash))) return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

SourceTree::SourceTree(std::string project_root, Env* env)
    : root_(std::move(project_root)), env_(env) {}

bool SourceTree::IsCurrent(const Walk& walk) const {
  if (walk.racy) return false;
  return std::ranges::all_of(walk.directories, [&](const auto& directory) {
    return env_->Stat(Absolute(directory.first)) == directory.second;
  });
}

Status SourceTree::WalkInto(const std::string& directory, Walk& walk) const {
  const FileStat stat = env_->Stat(Absolute(directory));
  if (stat.type != FileType::kDirectory) {
    walk.directories.emplace_back(directory, stat);
    return {};
  }
  const int64_t now = env_->Now().time_since_epoch().count();
  if (now - stat.mtime_ns < kTick) walk.racy = true;
  walk.directories.emplace_back(directory, stat);
  OPS_ASSIGN(const std::vector<DirEntry> entries, env_->List(Absolute(directory)));
  if (entries.empty() && directory != ".")
    walk.listing->entries.push_back({directory, FileType::kDirectory});
  for (const DirEntry& entry : entries) {
    if (IsOwnName(entry.name)) continue;
    std::string path = JoinPath(directory, entry.name);
    if (entry.type == FileType::kDirectory) {
      OPS_TRY(WalkInto(path, walk));
    } else if (entry.type == FileType::kFile || entry.type == FileType::kSymlink) {
      walk.listing->entries.push_back({std::move(path), entry.type});
    }
  }
  return {};
}

Result<std::shared_ptr<const SourceListing>> SourceTree::BelowLocked(const std::string& directory) {
  auto known = walks_.find(directory);
  if (known != walks_.end() && IsCurrent(known->second)) return known->second.listing;
  Walk walk{.listing = std::make_shared<SourceListing>(), .directories = {}};
  OPS_TRY(WalkInto(directory, walk));
  std::ranges::sort(walk.listing->entries, {}, &SourceEntry::path);
  return (walks_[directory] = std::move(walk)).listing;
}

Result<std::shared_ptr<const SourceListing>> SourceTree::Below(const std::string& directory) {
  std::lock_guard lock(mutex_);
  return BelowLocked(directory);
}

bool SourceTree::IsCurrent(const CachedSelection& selection) {
  for (const auto& [path, type] : selection.plain) {
    if (env_->Stat(Absolute(path)).type != type) return false;
  }
  for (const auto& [base, listing] : selection.from) {
    auto now = BelowLocked(base);
    if (!now || *now != listing) return false;
  }
  return true;
}

Result<std::shared_ptr<const SourceListing>> SourceTree::Select(const Selection& selection) {
  std::lock_guard lock(mutex_);
  const std::string key = KeyOf(selection);
  auto known = selections_.find(key);
  if (known != selections_.end() && IsCurrent(known->second)) return known->second.matched;
  OPS_ASSIGN(CachedSelection expanded, Expand(selection));
  return (selections_[key] = std::move(expanded)).matched;
}

Status SourceTree::AddPlain(const std::string& path, CachedSelection& result,
                            std::vector<SourceEntry>& entries) {
  const FileType type = env_->Stat(Absolute(path)).type;
  result.plain.emplace_back(path, type);
  if (type == FileType::kFile || type == FileType::kSymlink) {
    entries.push_back({path, type});
    return {};
  }
  if (type == FileType::kDirectory) {
    OPS_ASSIGN(auto listing, BelowLocked(path));
    entries.insert(entries.end(), listing->entries.begin(), listing->entries.end());
    result.from.emplace_back(path, listing);
    return {};
  }
  if (type == FileType::kOther) {
    return Fail(ErrorKind::kInput,
                fmt::format("the input `{}` is neither a file nor a directory", path),
                "sockets, pipes and devices cannot be inputs");
  }
  const std::string nearest = NearestLocked(path);
  return Fail(ErrorKind::kInput, fmt::format("the input `{}` does not exist", path),
              nearest.empty() ? "paths are relative to the project root"
                              : fmt::format("did you mean `{}`?", nearest));
}

Result<SourceTree::CachedSelection> SourceTree::Expand(const Selection& selection) {
  CachedSelection result;
  std::vector<SourceEntry> entries;
  for (const std::string& pattern : selection.include) {
    OPS_ASSIGN(const Glob glob, Glob::Parse(pattern));
    if (IsOwnPath(glob.base()) || IsOwnPath(glob.plain_path())) {
      return RefuseOwn(pattern);
    }
    if (glob.is_plain()) {
      OPS_TRY(AddPlain(glob.plain_path(), result, entries));
      continue;
    }
    OPS_ASSIGN(auto listing, BelowLocked(glob.base()));
    const size_t before = entries.size();
    std::ranges::copy_if(listing->entries, std::back_inserter(entries),
                         [&](const SourceEntry& entry) { return glob.Matches(entry.path); });
    if (entries.size() == before) {
      return Fail(ErrorKind::kInput, fmt::format("no file of the project matches `{}`", pattern),
                  "correct the pattern, or take it away");
    }
    result.from.emplace_back(glob.base(), listing);
  }
  for (const std::string& pattern : selection.exclude) {
    OPS_ASSIGN(const Glob glob, Glob::Parse(pattern));
    const std::string below = glob.plain_path() + "/";
    std::erase_if(entries, [&](const SourceEntry& entry) {
      return glob.Matches(entry.path) || (glob.is_plain() && entry.path.starts_with(below));
    });
  }
  Finish(result, std::move(entries));
  return result;
}

void SourceTree::Finish(CachedSelection& result, std::vector<SourceEntry> entries) const {
  std::ranges::sort(entries, {}, &SourceEntry::path);
  const auto repeated = std::ranges::unique(entries, {}, &SourceEntry::path);
  entries.erase(repeated.begin(), repeated.end());
  result.matched = std::make_shared<SourceListing>(SourceListing{std::move(entries)});
}

Result<std::shared_ptr<const SourceListing>> SourceTree::SelectNamed(
    const std::vector<std::string>& paths) {
  std::lock_guard lock(mutex_);
  CachedSelection result;
  std::vector<SourceEntry> entries;
  for (const std::string& path : paths) {
    if (IsOwnPath(path)) return RefuseOwn(path);
    OPS_TRY(AddPlain(path, result, entries));
  }
  Finish(result, std::move(entries));
  return result.matched;
}

std::string SourceTree::Nearest(std::string_view missing) {
  std::lock_guard lock(mutex_);
  return NearestLocked(missing);
}

std::string SourceTree::NearestLocked(std::string_view missing) {
  auto all = BelowLocked(".");
  if (!all) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(2, missing.size() / 4) + 1;
  for (const SourceEntry& entry : (*all)->entries) {
    const std::string_view path = entry.path;
    const size_t difference =
        path.size() > missing.size() ? path.size() - missing.size() : missing.size() - path.size();
    const bool same_name = BaseName(path) == BaseName(missing);
    if (!same_name && difference >= best_distance) continue;
    const size_t distance = same_name ? 1 : EditDistance(path, missing);
    if (distance < best_distance) {
      best_distance = distance;
      best = entry.path;
    }
  }
  return best;
}

bool SourceTree::Exists(const std::string& path) const {
  return !IsOwnPath(path) && env_->Stat(Absolute(path)).type != FileType::kMissing;
}

std::vector<std::string> SourceTree::WithSuffix(std::string_view suffix, size_t limit) {
  std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  auto all = BelowLocked(".");
  if (!all) return found;
  const std::string below = "/" + std::string(suffix);
  for (const SourceEntry& entry : (*all)->entries) {
    if (entry.path != suffix && !entry.path.ends_with(below)) continue;
    if (entry.type == FileType::kDirectory) continue;
    found.push_back(entry.path);
    if (found.size() == limit) break;
  }
  return found;
}

void SourceTree::AddSeen(Sightings& seen) {
  std::lock_guard lock(mutex_);
  for (const auto& [base, walk] : walks_) {
    for (const auto& [path, stat] : walk.directories) {
      seen.push_back({.look = Sighting::Look::kEntry, .path = Absolute(path), .stat = stat});
    }
  }
}

}  // namespace opsc
