// A commit's files as an Env: what the compiler reads sources through.
#pragma once

#include <memory>
#include <string>

#include "runtime/git/repository.h"

namespace opsc {

// Paths at and below `mount` are those of `tree`, and cannot be written; everything else, the clock
// and variables are `world`'s. `mount` is absolute and need not exist. `world` outlives the result.
std::unique_ptr<Env> MakeTreeEnv(std::shared_ptr<GitTree> tree, std::string mount, Env* world);

}  // namespace opsc
