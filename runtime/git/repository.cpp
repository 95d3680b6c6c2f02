#include "runtime/git/repository.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/listing.h"
#include "runtime/git/history_walk.h"
#include "runtime/git/libgit.h"
#include "runtime/git/tree.h"
#include "runtime/git/wrap.h"

namespace opsc {
namespace {

constexpr size_t kNamesShown = 5;

std::vector<std::string> NamesBelow(git_repository* repository, const std::string& prefix) {
  std::vector<std::string> names;
  git_reference_iterator* raw = nullptr;
  if (Git().reference_iterator_glob_new(&raw, repository, (prefix + "*").c_str()) < 0) return names;
  const char* name = nullptr;
  while (Git().reference_next_name(&name, raw) == 0) {
    names.emplace_back(std::string_view(name).substr(prefix.size()));
  }
  Git().reference_iterator_free(raw);
  std::ranges::sort(names);
  return names;
}

std::string WhatThereIs(git_repository* repository, const GitRef& ref) {
  bool tags = ref.kind == GitRef::Kind::kTag;
  auto names = NamesBelow(repository, tags ? "refs/tags/" : "refs/heads/");
  if (names.empty()) return fmt::format("the repository has no {}", tags ? "tags" : "branches");
  return "there is " + Listing(names, kNamesShown);
}

Result<git_oid> IdOf(const std::string& hex) {
  git_oid id;
  if (hex.size() != GIT_OID_HEXSZ || Git().oid_fromstr(&id, hex.c_str()) < 0) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is not the id of a commit", hex),
                "an id has 40 hexadecimal digits");
  }
  return id;
}

std::string Spec(const GitRef& ref) {
  switch (ref.kind) {
    case GitRef::Kind::kBranch:
      return "refs/heads/" + ref.name;
    case GitRef::Kind::kTag:
      return "refs/tags/" + ref.name;
    case GitRef::Kind::kCommit:
    case GitRef::Kind::kRevision:
      return ref.name;
  }
  return ref.name;
}

std::string TextOf(const char* text) {
  return text == nullptr ? "" : text;
}

// Whether the name can only be a name: "a^{/text}" and the like search and are for kRevision.
bool IsPlainName(const GitRef& ref) {
  int valid = 0;
  return Git().reference_name_is_valid(&valid, Spec(ref).c_str()) == 0 && valid == 1;
}

class Repository : public GitRepository {
 public:
  explicit Repository(GitRepositoryPtr repository) : repository_(std::move(repository)) {}

  Result<std::string> Resolve(const GitRef& ref) override {
    if (ref.kind == GitRef::Kind::kCommit) {
      OPS_ASSIGN(git_oid id, IdOf(ref.name));
      OPS_ASSIGN(auto commit, Look(id));
      return HexId(*Git().commit_id(commit.get()));
    }
    bool searches = ref.kind == GitRef::Kind::kRevision;
    git_object* raw = nullptr;
    int code = searches || IsPlainName(ref)
                   ? Git().revparse_single(&raw, repository_.get(), Spec(ref).c_str())
                   : GIT_EINVALIDSPEC;
    if (code < 0) {
      return Fail(ErrorKind::kInput, fmt::format("there is no {}", PrintRef(ref)),
                  WhatThereIs(repository_.get(), ref));
    }
    GitObjectPtr object(raw);
    OPS_ASSIGN(auto commit, MakeGit<GitObjectPtr>(PrintRef(ref) + " is no commit", [&](auto out) {
                 return Git().object_peel(out, object.get(), GIT_OBJECT_COMMIT);
               }));
    return HexId(*Git().object_id(commit.get()));
  }

  Result<GitCommit> Commit(const std::string& id) override {
    OPS_ASSIGN(git_oid oid, IdOf(id));
    OPS_ASSIGN(auto commit, Look(oid));
    GitCommit made;
    made.id = id;
    const git_signature* author = Git().commit_author(commit.get());
    made.author = TextOf(author->name);
    made.email = TextOf(author->email);
    made.time = Time(std::chrono::seconds(Git().commit_time(commit.get())));
    made.subject = TextOf(Git().commit_summary(commit.get()));
    git_buf signature = GIT_BUF_INIT, payload = GIT_BUF_INIT;
    if (Git().commit_extract_signature(&signature, &payload, repository_.get(), &oid, nullptr) ==
        0) {
      made.signature.assign(signature.ptr, signature.size);
      made.payload.assign(payload.ptr, payload.size);
    }
    Git().buf_dispose(&signature);
    Git().buf_dispose(&payload);
    return made;
  }

  Result<std::unique_ptr<GitTree>> Tree(const std::string& id, std::string_view path,
                                        const TreeLimits& limits) override {
    OPS_ASSIGN(git_oid oid, IdOf(id));
    OPS_ASSIGN(auto commit, Look(oid));
    return ReadGitTree(repository_.get(), commit.get(), path, limits);
  }

  bool Contains(const std::string& id, const std::string& ancestor) override {
    auto newer = IdOf(id), older = IdOf(ancestor);
    if (!newer || !older) return false;
    if (id == ancestor) return true;
    return Git().graph_descendant_of(repository_.get(), &*newer, &*older) == 1;
  }

  Status History(const std::string& id, const GitHistorySink& sink, std::stop_token stop) override {
    OPS_ASSIGN(git_oid oid, IdOf(id));
    return WalkHistory(repository_.get(), oid, sink, std::move(stop));
  }

  std::string work_directory() const override {
    std::string path = TextOf(Git().repository_workdir(repository_.get()));
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
  }

 private:
  Result<GitCommitPtr> Look(const git_oid& id) {
    return MakeGit<GitCommitPtr>("the repository has no commit " + HexId(id), [&](auto out) {
      return Git().commit_lookup(out, repository_.get(), &id);
    });
  }

  GitRepositoryPtr repository_;
};

}  // namespace

std::string PrintRef(const GitRef& ref) {
  constexpr std::string_view kNames[] = {"branch", "tag", "commit", "revision"};
  return fmt::format("{} `{}`", kNames[static_cast<size_t>(ref.kind)], ref.name);
}

Result<std::unique_ptr<GitRepository>> DiscoverRepository(const std::string& path) {
  OPS_TRY(StartLibgit());
  git_repository* raw = nullptr;
  int code = Git().repository_open_ext(&raw, path.c_str(), 0, nullptr);
  if (code == GIT_ENOTFOUND) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is in no Git repository", path),
                "`git init` makes one");
  }
  if (code < 0) return FailGit(fmt::format("cannot open the repository of `{}`", path), code);
  return std::make_unique<Repository>(GitRepositoryPtr(raw));
}

std::unique_ptr<GitRepository> WrapRepository(git_repository* repository) {
  return std::make_unique<Repository>(GitRepositoryPtr(repository));
}

}  // namespace opsc
