#include "runtime/store/path_scan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace opsc {
namespace {

// Adds what stands at `path`; `relative` is its name in the scan.
Status ScanInto(Env& env, const std::string& path, const std::string& relative,
                std::vector<ScannedEntry>& out);

Status ScanDirectory(Env& env, const std::string& path, const std::string& relative,
                     const FileStat& stat, std::vector<ScannedEntry>& out) {
  OPS_ASSIGN(std::vector<DirEntry> children, env.List(path));
  if (children.empty() && !relative.empty()) {
    out.push_back({relative, TreeEntry::Type::kEmptyDirectory, stat});
  }
  for (const DirEntry& child : children) {
    std::string name = relative.empty() ? child.name : relative + "/" + child.name;
    OPS_TRY(ScanInto(env, path + "/" + child.name, name, out));
  }
  return {};
}

Status ScanInto(Env& env, const std::string& path, const std::string& relative,
                std::vector<ScannedEntry>& out) {
  FileStat stat = env.Stat(path);
  switch (stat.type) {
    case FileType::kFile:
      out.push_back(
          {relative,
           (stat.mode & S_IXUSR) != 0 ? TreeEntry::Type::kExecutable : TreeEntry::Type::kFile,
           stat});
      return {};
    case FileType::kSymlink:
      out.push_back({relative, TreeEntry::Type::kSymlink, stat});
      return {};
    case FileType::kDirectory:
      return ScanDirectory(env, path, relative, stat, out);
    case FileType::kMissing:
      return Fail(ErrorKind::kInput, path + " does not exist");
    case FileType::kOther:
      return Fail(ErrorKind::kInput, path + " is a socket, a named pipe or a device",
                  "only files, directories and symbolic links can be stored");
  }
  return {};
}

}  // namespace

Result<std::vector<ScannedEntry>> ScanPath(Env& env, const std::string& path) {
  std::vector<ScannedEntry> entries;
  OPS_TRY(ScanInto(env, path, "", entries));
  std::ranges::sort(entries, {}, &ScannedEntry::path);
  return entries;
}

bool SameScan(const std::vector<ScannedEntry>& a, const std::vector<ScannedEntry>& b) {
  return std::ranges::equal(a, b, [](const ScannedEntry& x, const ScannedEntry& y) {
    bool same_size = x.type == TreeEntry::Type::kEmptyDirectory || x.stat.size == y.stat.size;
    return x.path == y.path && x.type == y.type && same_size;
  });
}

}  // namespace opsc
