#include <cerrno>

#include "runtime/base/env.h"

namespace opsc {

Result<Digest> Env::HashFile(const std::string& path) {
  OPS_ASSIGN(std::string content, ReadFile(path));
  return Sha256(content);
}

FileStat MemoryEnv::Stat(const std::string& path) {
  auto it = nodes.find(path);
  if (it == nodes.end()) return {};
  const Node& node = it->second;
  return {.type = node.type,
          .mode = node.mode,
          .size = node.content.size(),
          .inode = node.inode,
          .mtime_ns = node.mtime_ns,
          .ctime_ns = node.mtime_ns};
}

Result<std::string> MemoryEnv::ReadFile(const std::string& path) {
  auto it = nodes.find(path);
  if (it == nodes.end()) return FailErrno("cannot open " + path, ENOENT);
  if (it->second.type != FileType::kFile) return FailErrno("cannot read " + path, EISDIR);
  return it->second.content;
}

Result<std::string> MemoryEnv::ReadLink(const std::string& path) {
  auto it = nodes.find(path);
  if (it == nodes.end()) return FailErrno("cannot read link " + path, ENOENT);
  if (it->second.type != FileType::kSymlink) return FailErrno("cannot read link " + path, EINVAL);
  return it->second.content;
}

Result<std::vector<DirEntry>> MemoryEnv::List(const std::string& path) {
  std::string prefix = path == "." ? "" : path + "/";
  if (path != "." && Stat(path).type != FileType::kDirectory) {
    return FailErrno("cannot list " + path, ENOTDIR);
  }
  std::vector<DirEntry> entries;
  for (auto it = nodes.lower_bound(prefix); it != nodes.end() && it->first.starts_with(prefix);
       ++it) {
    std::string name = it->first.substr(prefix.size());
    if (name.empty() || name.find('/') != std::string::npos) continue;
    entries.push_back({std::move(name), it->second.type});
  }
  return entries;
}

Status MemoryEnv::WriteFile(const std::string& path, std::string_view content, uint32_t mode,
                            Durability) {
  std::string parent(DirName(path));
  if (parent != "." && parent != "/" && Stat(parent).type != FileType::kDirectory) {
    return FailErrno("cannot create " + path, ENOENT);
  }
  nodes[path] = {FileType::kFile, mode, std::string(content), now.time_since_epoch().count(),
                 next_inode++};
  return {};
}

Status MemoryEnv::MakeDirs(const std::string& path) {
  if (path == "." || path == "/" || path.empty()) return {};
  FileType type = Stat(path).type;
  if (type == FileType::kDirectory) return {};
  if (type != FileType::kMissing) return FailErrno("cannot make directory " + path, ENOTDIR);
  OPS_TRY(MakeDirs(std::string(DirName(path))));
  nodes[path] = {FileType::kDirectory, 0755, "", now.time_since_epoch().count(), next_inode++};
  return {};
}

Status MemoryEnv::Remove(const std::string& path) {
  auto next = nodes.upper_bound(path);
  if (next != nodes.end() && next->first.starts_with(path + "/")) {
    return FailErrno("cannot remove " + path, ENOTEMPTY);
  }
  nodes.erase(path);
  return {};
}

Status MemoryEnv::SetMode(const std::string& path, uint32_t mode) {
  auto it = nodes.find(path);
  if (it == nodes.end()) return FailErrno("cannot change the mode of " + path, ENOENT);
  it->second.mode = mode;
  return {};
}

std::optional<std::string> MemoryEnv::Variable(const std::string& name) {
  auto it = variables.find(name);
  if (it == variables.end()) return std::nullopt;
  return it->second;
}

}  // namespace opsc
