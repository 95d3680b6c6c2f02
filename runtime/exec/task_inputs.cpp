#include "runtime/exec/task_inputs.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc {
bool TaskInputs::Holds(std::string_view path) const {
  const auto inside = [&](std::string_view candidate) {
    return candidate == path || (candidate.size() > path.size() && candidate.starts_with(path) &&
                                 candidate[path.size()] == '/');
  };
  return std::ranges::any_of(files, inside, &InputFile::path) ||
         std::ranges::any_of(trees, inside, &InputTree::path);
}

InputReader::InputReader(const std::string& project_root, Env* env, FileDigests* digests)
    : root_(project_root), env_(env), digests_(digests), sources_(project_root, env) {}

Result<std::string> InputReader::SourcePath(const FileRep& file) const {
  std::string_view path = file.path;
  if (path.starts_with(root_ + "/")) path.remove_prefix(root_.size() + 1);
  auto normal = NormalRelativePath(path);
  if (!normal) {
    return Fail(ErrorKind::kInput,
                fmt::format("the input `{}` lies outside the project", file.path),
                "a task can read files of its project only; copy it there, or make it with a task");
  }
  return std::move(*normal);
}

Result<InputReader::Known> InputReader::ReadOne(const std::string& path, const FileStat& stat) {
  Known known{.stat = stat, .digest = {}};
  const std::string absolute = JoinPath(root_, path);
  if (stat.type == FileType::kSymlink) {
    OPS_ASSIGN(const std::string target, env_->ReadLink(absolute));
    known.digest = Sha256(target);
    known.size = target.size();
  } else if (stat.type != FileType::kDirectory) {
    known.size = stat.size;
    OPS_ASSIGN(known.digest, digests_->Of(absolute));
  }
  return known;
}

InputFile InputReader::FileAt(const std::string& path, const Known& known) {
  InputFile file{.path = path, .digest = known.digest, .size = known.size};
  if (known.stat.type == FileType::kDirectory) {
    file.type = TreeEntry::Type::kEmptyDirectory;
  } else if (known.stat.type == FileType::kSymlink) {
    file.type = TreeEntry::Type::kSymlink;
  } else if ((known.stat.mode & 0100) != 0) {
    file.type = TreeEntry::Type::kExecutable;
  }
  return file;
}

Result<InputFile> InputReader::Digested(const std::string& path) {
  const FileStat stat = env_->Stat(JoinPath(root_, path));
  if (stat.type == FileType::kMissing) {
    return Fail(ErrorKind::kInput, fmt::format("the input `{}` has just disappeared", path),
                "run again when nothing changes the sources");
  }
  // Not trusted while the file is so young that a later change could leave the same stamp.
  const int64_t now = env_->Now().time_since_epoch().count();
  const bool settled = now - stat.ctime_ns > 20'000'000;
  if (settled) {
    std::lock_guard lock(mutex_);
    if (auto known = known_.find(path); known != known_.end() && known->second.stat == stat) {
      return FileAt(path, known->second);
    }
  }
  OPS_ASSIGN(const Known known, ReadOne(path, stat));
  std::lock_guard lock(mutex_);
  if (settled) {
    known_[path] = known;
  } else {
    read_young_ = true;
  }
  return FileAt(path, known);
}

bool InputReader::AddSeen(Sightings& seen) {
  sources_.AddSeen(seen);
  std::lock_guard lock(mutex_);
  for (const auto& [path, known] : known_) {
    seen.push_back(
        {.look = Sighting::Look::kEntry, .path = JoinPath(root_, path), .stat = known.stat});
  }
  return !read_young_;
}

Result<TaskInputs> InputReader::Read(const TaskCommand& command) {
  SourceTree::Selection selection{command.include, command.exclude};
  std::vector<std::string> named;  // files, never taken away by an exclude
  TaskInputs inputs;
  for (const FileRep& file : command.files) {
    if (!file.producer.empty()) {
      inputs.trees.push_back({FilePath(file), file.digest});
      continue;
    }
    OPS_ASSIGN(std::string path, SourcePath(file));
    named.push_back(std::move(path));
  }
  std::vector<std::string> paths;
  if (!selection.include.empty()) {
    OPS_ASSIGN(auto selected, sources_.Select(selection));
    for (const SourceEntry& entry : selected->entries) paths.push_back(entry.path);
  }
  if (!named.empty()) {
    // A name is no pattern: `file("a[1].txt")` is that very file.
    OPS_ASSIGN(auto selected, sources_.SelectNamed(named));
    for (const SourceEntry& entry : selected->entries) paths.push_back(entry.path);
  }
  std::ranges::sort(paths);
  const auto repeated_paths = std::ranges::unique(paths);
  paths.erase(repeated_paths.begin(), repeated_paths.end());
  inputs.files.reserve(paths.size());
  for (const std::string& path : paths) {
    OPS_ASSIGN(InputFile file, Digested(path));
    inputs.files.push_back(std::move(file));
  }
  std::ranges::sort(inputs.trees, {}, &InputTree::path);
  const auto repeated = std::ranges::unique(inputs.trees, {}, &InputTree::path);
  inputs.trees.erase(repeated.begin(), repeated.end());
  return inputs;
}

}  // namespace opsc
