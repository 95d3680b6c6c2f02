#include "compiler/driver/sync/export_tree.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/graph/kind.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

bool HoldsSourceFile(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kFile:
      return value.AsFile().producer.empty();
    case ValueKind::kFiles:
      return true;
    case ValueKind::kList:
      return std::ranges::any_of(value.AsList(), HoldsSourceFile);
    case ValueKind::kRecord:
      return std::ranges::any_of(value.AsRecord(),
                                 [](const Field& field) { return HoldsSourceFile(field.second); });
    case ValueKind::kTemplate:
      return std::ranges::any_of(value.AsTemplate().holes, HoldsSourceFile);
    default:
      return false;
  }
}

Status WriteTree(Env& env, GitTree& tree, const std::string& directory) {
  OPS_TRY(env.MakeDirs(directory));
  for (const auto& [path, below] : tree.directories()) {
    if (!path.empty()) OPS_TRY(env.MakeDirs(JoinPath(directory, path)));
  }
  for (const auto& [path, entry] : tree.entries()) {
    if (entry.type != FileType::kFile) continue;
    OPS_ASSIGN(std::string bytes, tree.Read(path));
    OPS_TRY(env.WriteFile(JoinPath(directory, path), bytes, entry.executable ? 0755 : 0644,
                          Durability::kCached));
  }
  return {};
}

}  // namespace

bool NeedsSourceFiles(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) {
    Role role = RoleOf(node.type);
    if (role == Role::kNote) return false;
    return role != Role::kResource || HoldsSourceFile(node.fields);
  });
}

Status ExportTree(Env& env, GitTree& tree, const std::string& directory) {
  if (env.Stat(directory).type == FileType::kDirectory) return {};
  std::string unfinished = fmt::format("{}.{}", directory, getpid());
  std::error_code error;
  fs::remove_all(unfinished, error);
  OPS_TRY(WriteTree(env, tree, unfinished));
  fs::rename(unfinished, directory, error);
  if (error && env.Stat(directory).type != FileType::kDirectory) {  // else: another was faster
    return Fail(ErrorKind::kEnvironment,
                fmt::format("cannot make `{}`: {}", directory, error.message()));
  }
  return {};
}

Status RemoveOtherTrees(const std::string& directory) {
  std::error_code error;
  fs::path parent = fs::path(directory).parent_path();
  if (!fs::exists(parent, error)) return {};
  for (const auto& other : fs::directory_iterator(parent, error)) {
    if (other.path() != directory) fs::remove_all(other.path(), error);
  }
  if (!error) return {};
  return Fail(ErrorKind::kEnvironment,
              fmt::format("cannot clear `{}`: {}", parent.string(), error.message()));
}

}  // namespace opsc
