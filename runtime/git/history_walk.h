// A walk over libgit2's commits.
#pragma once

#include "runtime/git/history.h"
#include "runtime/git/libgit.h"

namespace opsc {

// See GitRepository::History.
Status WalkHistory(git_repository* repository, const git_oid& id, const GitHistorySink& sink,
                   std::stop_token stop);

}  // namespace opsc
