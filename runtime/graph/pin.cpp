#include "runtime/graph/pin.h"

#include <fmt/format.h>

#include "runtime/graph/content_store.h"
#include "runtime/graph/map_files.h"

namespace opsc {
namespace {

constexpr int kMostLinks = 40;  // as Linux follows

Result<Value> Pinned(const KindContext& context, const Value& value) {
  const FileRep& file = value.AsFile();
  if (!file.producer.empty() || !file.digest.empty()) return value;
  const std::string& root =
      context.source_root.empty() ? context.project_root : context.source_root;
  const bool absolute = file.path.starts_with('/');
  OPS_ASSIGN(const std::string path,
             FollowLinks(*context.env, absolute ? file.path : JoinPath(root, file.path)));
  if (context.env->Stat(path).type == FileType::kMissing) return value;
  FileRep pinned = file;
  OPS_ASSIGN(pinned.digest, context.store->DigestPath(path));
  return Value::File(std::move(pinned));
}

}  // namespace

Result<Value> PinSources(const KindContext& context, const Value& fields) {
  if (context.store == nullptr || context.env == nullptr) return fields;
  return MapFiles(fields, [&](const Value& file) { return Pinned(context, file); });
}

Result<std::string> FollowLinks(Env& env, std::string path) {
  const std::string from = path;
  for (int i = 0; i < kMostLinks; ++i) {
    if (env.Stat(path).type != FileType::kSymlink) return path;
    OPS_ASSIGN(const std::string target, env.ReadLink(path));
    path = target.starts_with('/') ? target : JoinPath(DirName(path), target);
  }
  return Fail(ErrorKind::kInput, fmt::format("`{}` leads from link to link", from),
              "make it a file, or a link to one");
}

Status CheckPin(const FileRep& file, const Digest& now) {
  if (file.digest.empty() || file.digest == now) return {};
  return Fail(ErrorKind::kConflict,
              fmt::format("`{}` has changed since this was planned", file.path), "plan again");
}

}  // namespace opsc
