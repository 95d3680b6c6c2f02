// A commit's tree, walked once.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/git/libgit.h"
#include "runtime/git/repository.h"

namespace opsc {

// REQUIRES: `path` is of a directory; see GitRepository::Tree. The result opens the repository
// again and outlives it.
Result<std::unique_ptr<GitTree>> ReadGitTree(git_repository* repository, git_commit* commit,
                                             std::string_view path, const TreeLimits& limits);

}  // namespace opsc
