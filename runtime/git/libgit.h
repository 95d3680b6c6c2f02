// libgit2's objects with owners, and its errors as ours.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/git/libgit_library.h"

namespace opsc {

template <auto kFree>
struct GitFree {
  template <typename T>
  void operator()(T* object) const {
    (Git().*kFree)(object);
  }
};
template <typename T, auto kFree>
using GitOwned = std::unique_ptr<T, GitFree<kFree>>;

using GitRepositoryPtr = GitOwned<git_repository, &LibgitLibrary::repository_free>;
using GitRemotePtr = GitOwned<git_remote, &LibgitLibrary::remote_free>;
using GitReferencePtr = GitOwned<git_reference, &LibgitLibrary::reference_free>;
using GitObjectPtr = GitOwned<git_object, &LibgitLibrary::object_free>;
using GitCommitPtr = GitOwned<git_commit, &LibgitLibrary::commit_free>;
using GitTreePtr = GitOwned<git_tree, &LibgitLibrary::tree_free>;
using GitTreeEntryPtr = GitOwned<git_tree_entry, &LibgitLibrary::tree_entry_free>;
using GitBlobPtr = GitOwned<git_blob, &LibgitLibrary::blob_free>;
using GitOdbPtr = GitOwned<git_odb, &LibgitLibrary::odb_free>;

// "CONTEXT: what libgit2 said", by its code: kInput for what is not there, else kEnvironment.
std::unexpected<Error> FailGit(std::string context, int code, std::string hint = {});

// Runs `make(&raw)` and owns what it made.
template <typename Pointer, typename Make>
Result<Pointer> MakeGit(std::string context, Make make) {
  typename Pointer::pointer raw = nullptr;
  int code = make(&raw);
  if (code < 0) return FailGit(std::move(context), code);
  return Pointer(raw);
}

std::string HexId(const git_oid& id);

}  // namespace opsc
