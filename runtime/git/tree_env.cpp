#include "runtime/git/tree_env.h"

#include <charconv>

#include <fmt/format.h>

namespace opsc {
namespace {

class TreeEnv : public Env {
 public:
  TreeEnv(std::shared_ptr<GitTree> tree, std::string mount, Env* world)
      : tree_(std::move(tree)), mount_(std::move(mount)), world_(world) {}

  FileStat Stat(const std::string& path) override {
    auto inside = Inside(path);
    if (!inside) return world_->Stat(path);
    FileStat stat;
    if (tree_->directories().contains(*inside)) {
      stat.type = FileType::kDirectory;
      stat.mode = 0755;
    } else if (auto found = tree_->entries().find(*inside); found != tree_->entries().end()) {
      const GitTree::Entry& entry = found->second;
      stat.type = entry.type;
      stat.mode = entry.executable ? 0755 : 0644;
      stat.size = entry.size;
      // Equal content and no other: the id of the blob.
      std::from_chars(entry.blob.data(), entry.blob.data() + 16, stat.inode, 16);
    }
    return stat;
  }
  Result<std::string> ReadFile(const std::string& path) override {
    auto inside = Inside(path);
    return inside ? tree_->Read(*inside) : world_->ReadFile(path);
  }
  Result<Digest> HashFile(const std::string& path) override {
    return Inside(path) ? Env::HashFile(path) : world_->HashFile(path);
  }
  Result<std::string> ReadLink(const std::string& path) override {
    auto inside = Inside(path);
    return inside ? tree_->Read(*inside) : world_->ReadLink(path);
  }
  Result<std::vector<DirEntry>> List(const std::string& path) override {
    auto inside = Inside(path);
    if (!inside) return world_->List(path);
    auto found = tree_->directories().find(*inside);
    if (found != tree_->directories().end()) return found->second;
    return Fail(ErrorKind::kInput, fmt::format("the commit has no directory `{}`", *inside));
  }
  using Env::WriteFile;
  Status WriteFile(const std::string& path, std::string_view content, uint32_t mode,
                   Durability durability) override {
    OPS_TRY(Refuse(path));
    return world_->WriteFile(path, content, mode, durability);
  }
  Status MakeDirs(const std::string& path) override {
    OPS_TRY(Refuse(path));
    return world_->MakeDirs(path);
  }
  Status Remove(const std::string& path) override {
    OPS_TRY(Refuse(path));
    return world_->Remove(path);
  }
  Status SetMode(const std::string& path, uint32_t mode) override {
    OPS_TRY(Refuse(path));
    return world_->SetMode(path, mode);
  }
  Time Now() override { return world_->Now(); }
  std::optional<std::string> Variable(const std::string& name) override {
    return world_->Variable(name);
  }

 private:
  // The path inside of the commit; "" is its root.
  std::optional<std::string> Inside(std::string_view path) const {
    if (!path.starts_with(mount_)) return std::nullopt;
    std::string_view rest = path.substr(mount_.size());
    if (!rest.empty() && rest.front() != '/') return std::nullopt;
    while (rest.starts_with('/')) rest.remove_prefix(1);
    auto normal = NormalRelativePath(rest);
    if (!normal) return std::nullopt;
    return *normal == "." ? "" : *normal;
  }
  Status Refuse(const std::string& path) const {
    if (!Inside(path)) return {};
    return Fail(ErrorKind::kInput, fmt::format("`{}` lies in a commit, which nobody writes", path));
  }

  std::shared_ptr<GitTree> tree_;  // also of the caller, who looks into it
  const std::string mount_;
  Env* const world_;
};

}  // namespace

std::unique_ptr<Env> MakeTreeEnv(std::shared_ptr<GitTree> tree, std::string mount, Env* world) {
  return std::make_unique<TreeEnv>(std::move(tree), std::move(mount), world);
}

}  // namespace opsc
