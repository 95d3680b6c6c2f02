#include "runtime/git/tree.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

namespace opsc {
namespace {

constexpr int kMaxDepth = 100;

using Entries = std::map<std::string, GitTree::Entry>;
using Directories = std::map<std::string, std::vector<DirEntry>>;

class Tree : public GitTree {
 public:
  Tree(GitRepositoryPtr repository, Time time) : repository_(std::move(repository)), time_(time) {}

  Result<std::string> Read(const std::string& path) override {
    auto found = entries_.find(path);
    if (found == entries_.end()) {
      bool directory = directories_.contains(path);
      return Fail(
          ErrorKind::kInput,
          fmt::format("`{}` {}", path, directory ? "is a directory" : "is not in the commit"));
    }
    const Entry& entry = found->second;
    if (entry.type == FileType::kSymlink) {
      return Fail(ErrorKind::kInput,
                  fmt::format("`{}` is a symbolic link, and links are not followed", path),
                  "commit the file itself");
    }
    if (entry.type == FileType::kOther) {
      return Fail(ErrorKind::kInput,
                  fmt::format("`{}` is a submodule, and submodules are not fetched", path),
                  "give what is in it a `sync` of its own");
    }
    return ReadBlob(path, entry);
  }
  const Entries& entries() const override { return entries_; }
  const Directories& directories() const override { return directories_; }
  Time time() const override { return time_; }

 private:
  friend class Walk;

  Result<std::string> ReadBlob(const std::string& path, const Entry& entry) {
    std::lock_guard lock(mutex_);
    git_oid id;
    Git().oid_fromstr(&id, entry.blob.c_str());
    OPS_ASSIGN(auto blob, MakeGit<GitBlobPtr>(fmt::format("cannot read `{}`", path), [&](auto out) {
                 return Git().blob_lookup(out, repository_.get(), &id);
               }));
    const auto* bytes = static_cast<const char*>(Git().blob_rawcontent(blob.get()));
    return std::string(bytes, static_cast<size_t>(Git().blob_rawsize(blob.get())));
  }

  std::mutex mutex_;
  GitRepositoryPtr repository_;
  Time time_;
  Entries entries_;
  Directories directories_;
};

// Fills a Tree. Paths relative to where the walk began.
class Walk {
 public:
  Walk(Tree& tree, const TreeLimits& limits) : tree_(tree), limits_(limits) {}

  Status Begin(const git_tree* root) {
    OPS_ASSIGN(odb_, MakeGit<GitOdbPtr>("cannot read the objects", [&](auto out) {
                 return Git().repository_odb(out, tree_.repository_.get());
               }));
    return Into(root, "", 0);
  }

 private:
  Status Into(const git_tree* directory, const std::string& path, int depth) {
    if (depth > kMaxDepth) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` lies deeper than {}", path, kMaxDepth));
    }
    std::vector<DirEntry> listing;
    for (size_t i = 0; i < Git().tree_entrycount(directory); ++i) {
      const git_tree_entry* entry = Git().tree_entry_byindex(directory, i);
      OPS_TRY(One(entry, path, depth, listing));
    }
    std::ranges::sort(listing, {}, &DirEntry::name);
    tree_.directories_[path] = std::move(listing);
    return {};
  }

  Status One(const git_tree_entry* entry, const std::string& directory, int depth,
             std::vector<DirEntry>& listing) {
    std::string name = Git().tree_entry_name(entry);
    std::string path = directory.empty() ? name : directory + "/" + name;
    if (name.empty() || name == "." || name == ".." || name == ".git" || name.contains('/')) {
      return Fail(ErrorKind::kCorrupt, fmt::format("the commit holds the path `{}`", path),
                  "no Git client makes such a tree: do not trust this repository");
    }
    if (++count_ > limits_.max_entries) {
      return Fail(ErrorKind::kInput,
                  fmt::format("the commit has more than {} files", limits_.max_entries),
                  "name the directory that is meant with `path`");
    }
    FileType type = TypeOf(Git().tree_entry_filemode(entry));
    listing.push_back({name, type});
    if (type == FileType::kDirectory) {
      OPS_ASSIGN(
          auto below, MakeGit<GitTreePtr>(fmt::format("cannot read `{}`", path), [&](auto out) {
            return Git().tree_lookup(out, tree_.repository_.get(), Git().tree_entry_id(entry));
          }));
      return Into(below.get(), path, depth + 1);
    }
    return Add(entry, path, type);
  }

  Status Add(const git_tree_entry* entry, const std::string& path, FileType type) {
    GitTree::Entry made;
    made.type = type;
    made.executable = Git().tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE;
    made.blob = HexId(*Git().tree_entry_id(entry));
    if (type != FileType::kOther) {
      size_t size = 0;
      git_object_t kind = GIT_OBJECT_INVALID;
      int code = Git().odb_read_header(&size, &kind, odb_.get(), Git().tree_entry_id(entry));
      if (code < 0) return FailGit(fmt::format("cannot read `{}`", path), code);
      made.size = size;
      bytes_ += size;
      if (size > limits_.max_file_bytes || bytes_ > limits_.max_bytes) {
        return Fail(ErrorKind::kInput,
                    fmt::format("`{}` makes the commit too large: {} bytes, {} with what stands "
                                "before it",
                                path, size, bytes_),
                    "name the directory that is meant with `path`");
      }
    }
    tree_.entries_.emplace(path, std::move(made));
    return {};
  }

  static FileType TypeOf(git_filemode_t mode) {
    switch (mode) {
      case GIT_FILEMODE_TREE:
        return FileType::kDirectory;
      case GIT_FILEMODE_BLOB:
      case GIT_FILEMODE_BLOB_EXECUTABLE:
        return FileType::kFile;
      case GIT_FILEMODE_LINK:
        return FileType::kSymlink;
      case GIT_FILEMODE_COMMIT:
      case GIT_FILEMODE_UNREADABLE:
        return FileType::kOther;
    }
    return FileType::kOther;
  }

  Tree& tree_;
  const TreeLimits& limits_;
  GitOdbPtr odb_;
  size_t count_ = 0;
  uint64_t bytes_ = 0;
};

// The directory `path` of a commit.
Result<GitTreePtr> DirectoryOf(git_repository* repository, git_commit* commit,
                               std::string_view path) {
  OPS_ASSIGN(auto root, MakeGit<GitTreePtr>("cannot read the commit's tree", [&](auto out) {
               return Git().commit_tree(out, commit);
             }));
  auto normal = NormalRelativePath(path);
  if (!normal) {
    return Fail(ErrorKind::kInput,
                fmt::format("the path `{}` lies outside of the repository", path),
                "give a directory relative to its root");
  }
  if (normal->empty() || *normal == ".") return root;
  git_tree_entry* raw = nullptr;
  int code = Git().tree_entry_bypath(&raw, root.get(), normal->c_str());
  GitTreeEntryPtr entry(raw);
  bool directory = code == 0 && Git().tree_entry_type(raw) == GIT_OBJECT_TREE;
  if (!directory) {
    std::string id = HexId(*Git().commit_id(commit));
    return Fail(ErrorKind::kInput,
                fmt::format("commit {} has no directory `{}`", id.substr(0, 10), *normal),
                code == 0 ? "it is a file, a link or a submodule" : "");
  }
  return MakeGit<GitTreePtr>(fmt::format("cannot read `{}`", *normal), [&](auto out) {
    return Git().tree_lookup(out, repository, Git().tree_entry_id(raw));
  });
}

}  // namespace

Result<std::unique_ptr<GitTree>> ReadGitTree(git_repository* repository, git_commit* commit,
                                             std::string_view path, const TreeLimits& limits) {
  OPS_ASSIGN(auto directory, DirectoryOf(repository, commit, path));
  OPS_ASSIGN(auto own, MakeGit<GitRepositoryPtr>("cannot open the repository", [&](auto out) {
               return Git().repository_open(out, Git().repository_path(repository));
             }));
  Time time(std::chrono::seconds(Git().commit_time(commit)));
  auto tree = std::make_unique<Tree>(std::move(own), time);
  Walk walk(*tree, limits);
  OPS_TRY(walk.Begin(directory.get()));
  return tree;
}

}  // namespace opsc
