// From libgit2's repository to ours.
#pragma once

#include <memory>

#include "runtime/git/libgit.h"
#include "runtime/git/repository.h"

namespace opsc {

// Takes `repository` over.
std::unique_ptr<GitRepository> WrapRepository(git_repository* repository);

}  // namespace opsc
