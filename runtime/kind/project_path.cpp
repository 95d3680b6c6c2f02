#include "runtime/kind/project_path.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/base/digest.h"
#include "runtime/graph/pin.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

std::string MarkerOf(const KindContext& context, std::string_view directory) {
  return JoinPath(JoinPath(context.state_dir, "made"), Sha256(directory).Hex().substr(0, 32));
}

bool IsInside(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

Result<std::string> ResolvePath(const KindContext& context, std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return Fail(ErrorKind::kInput, "the path is empty or holds a NUL character",
                "write a file name");
  }
  const bool absolute = path.front() == '/';
  const std::string_view relative = absolute ? path.substr(1) : path;
  const std::optional<std::string> normal = NormalRelativePath(relative);
  if (!normal || normal->empty() || *normal == ".") {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is not a path inside the project", path),
                "a path outside of the project has to be absolute");
  }
  std::string resolved = absolute ? "/" + *normal : JoinPath(context.project_root, *normal);
  const std::string own = JoinPath(context.project_root, ".ops");
  if (IsInside(resolved, context.state_dir) || IsInside(resolved, own)) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` lies in the directory where opsc keeps its state", path),
                "choose another place");
  }
  return resolved;
}

std::vector<std::string> PathClaims(const KindContext& context, std::string_view path) {
  Result<std::string> resolved = ResolvePath(context, path);
  if (!resolved) return {};
  return {"path " + *resolved};
}

Result<std::string> ResolveSource(const KindContext& context, std::string_view path) {
  if (context.source_root.empty()) {
    OPS_ASSIGN(std::string resolved, ResolvePath(context, path));
    return FollowLinks(*context.env, std::move(resolved));
  }
  const std::optional<std::string> normal = NormalRelativePath(path);
  if (path.starts_with('/') || path.contains('\0') || !normal) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is not a path inside the sources", path),
                "commit the file, and name it relative to the directory that is synced");
  }
  return FollowLinks(*context.env, JoinPath(context.source_root, *normal));
}

std::unique_ptr<Watch> WatchPathsOf(const KindContext& context, std::span<const StateEntry> entries,
                                    std::function<void()> changed) {
  std::vector<std::string> paths;
  for (const StateEntry& entry : entries) {
    auto path = ResolvePath(context, TextField(entry.fields, "path"));
    if (path) paths.push_back(*std::move(path));
  }
  return WatchPaths(paths, std::move(changed));
}

Status MakeParents(const KindContext& context, const std::string& path) {
  const std::string parent(DirName(path));
  if (context.env->Stat(parent).type != FileType::kMissing) return {};
  if (parent != "/" && parent != ".") OPS_TRY(MakeParents(context, parent));
  OPS_TRY(NoteMade(context, parent));
  return context.env->MakeDirs(parent);
}

Status NoteMade(const KindContext& context, const std::string& directory) {
  const std::string marker = MarkerOf(context, directory);
  OPS_TRY(context.env->MakeDirs(std::string(DirName(marker))));
  return context.env->WriteFile(marker, directory, 0600);
}

Result<bool> TakeBackNote(const KindContext& context, const std::string& directory) {
  const std::string marker = MarkerOf(context, directory);
  if (context.env->Stat(marker).type != FileType::kFile) return false;
  OPS_TRY(context.env->Remove(marker));
  return true;
}

Status RemoveMadeParents(const KindContext& context, const std::string& path) {
  Env& env = *context.env;
  for (std::string directory(DirName(path)); directory.size() > 1;
       directory = std::string(DirName(directory))) {
    const std::string marker = MarkerOf(context, directory);
    if (env.Stat(marker).type != FileType::kFile) return {};
    if (env.Stat(directory).type == FileType::kDirectory) {
      const auto entries = env.List(directory);
      if (!entries || !entries->empty()) return {};
      // Somebody may have put a file there in this moment: then the directory stays.
      if (!env.Remove(directory)) return {};
    }
    OPS_TRY(env.Remove(marker));
  }
  return {};
}

Status RefuseSamePlace(const KindContext& context, const ApplyRequest& request,
                       const std::string& path) {
  if (!request.prior || context.env->Stat(path).type == FileType::kMissing) return {};
  OPS_ASSIGN(const std::string old_path,
             ResolvePath(context, TextField(request.prior->fields, "path")));
  if (path != old_path) return {};
  return Fail(ErrorKind::kInput,
              fmt::format("`{}` cannot be made before the old one is deleted: both are `{}`",
                          request.address, path),
              "take `create_first` away");
}

uint32_t ParseMode(std::string_view octal, uint32_t fallback) {
  uint32_t mode = 0;
  const auto [end, error] = std::from_chars(octal.data(), octal.data() + octal.size(), mode, 8);
  return error == std::errc{} && end == octal.data() + octal.size() && mode <= 07777 ? mode
                                                                                     : fallback;
}

std::string PrintMode(uint32_t mode) {
  return fmt::format("{:03o}", mode);
}

}  // namespace opsc
