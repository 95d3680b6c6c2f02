#include "compiler/driver/project/project.h"

#include <filesystem>

#include <fmt/format.h>

namespace opsc {
namespace {

bool IsOpsFile(const DirEntry& entry) {
  bool readable = entry.type == FileType::kFile || entry.type == FileType::kSymlink;
  return readable && entry.name.ends_with(".ops") && entry.name.size() > 4 &&
         !entry.name.starts_with('.');
}

bool IsProject(Env& env, const std::string& directory) {
  return !OpsFilesIn(env, directory).empty() ||
         env.Stat(JoinPath(directory, ".ops")).type == FileType::kDirectory;
}

Project ProjectAt(Env& env, const std::string& root) {
  return {root, JoinPath(root, ".ops"), OpsFilesIn(env, root)};
}

// Stat does not follow links; a path with a slash at its end does.
bool IsDirectory(Env& env, const std::string& path) {
  return env.Stat(path).type == FileType::kDirectory ||
         env.Stat(path + "/").type == FileType::kDirectory;
}

// The first directory from `start` upwards that is a project.
Result<Project> Nearest(Env& env, const std::string& start) {
  for (std::string directory = start;; directory = std::string(DirName(directory))) {
    if (IsProject(env, directory)) return ProjectAt(env, directory);
    if (directory == "/" || directory == ".") break;
  }
  return Fail(ErrorKind::kInput, "no .ops files here or in a directory above",
              "`opsc init` starts a project; `-C DIR` names one elsewhere");
}

}  // namespace

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::weakly_canonical(path, error);
  if (error) absolute = std::filesystem::absolute(path, error);
  std::string text = absolute.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::vector<std::string> OpsFilesIn(Env& env, const std::string& directory) {
  std::vector<std::string> files;
  auto entries = env.List(directory);
  if (!entries) return files;
  for (const DirEntry& entry : *entries) {
    if (IsOpsFile(entry)) files.push_back(entry.name);
  }
  return files;
}

std::vector<std::string> OpsFilesBelow(Env& env, const std::string& directory) {
  std::vector<std::string> files;
  auto entries = env.List(directory);
  if (!entries) return files;
  for (const DirEntry& entry : *entries) {
    std::string path = directory == "." ? entry.name : JoinPath(directory, entry.name);
    if (IsOpsFile(entry)) files.push_back(path);
    bool skipped =
        entry.name.starts_with('.') || entry.name == "build" || entry.name == "node_modules";
    if (entry.type != FileType::kDirectory || skipped) continue;
    for (std::string& below : OpsFilesBelow(env, path)) files.push_back(std::move(below));
  }
  return files;
}

Result<Project> FindProject(Env& env, const std::optional<std::string>& path) {
  if (path && !IsDirectory(env, *path)) {
    if (env.Stat(*path).type == FileType::kMissing) {
      return Fail(ErrorKind::kInput, fmt::format("no such file or directory: `{}`", *path),
                  "give an .ops file or a directory of them");
    }
    std::string absolute = AbsolutePath(*path);
    std::string root(DirName(absolute));
    return Project{root, JoinPath(root, ".ops"), {std::string(BaseName(absolute))}};
  }
  std::string start = AbsolutePath(path.value_or("."));
  if (path) {
    Project project = ProjectAt(env, start);
    if (!project.files.empty()) return project;
    return Fail(ErrorKind::kInput, fmt::format("no .ops files in `{}`", *path),
                "`opsc init` starts a project");
  }
  OPS_ASSIGN(Project project, Nearest(env, start));
  if (!project.files.empty()) return project;
  return Fail(ErrorKind::kInput, fmt::format("no .ops files in `{}`", project.root),
              "`opsc init` starts a project; `opsc destroy` deletes what the state says");
}

Result<Project> FindStateProject(Env& env) {
  return Nearest(env, AbsolutePath("."));
}

}  // namespace opsc
