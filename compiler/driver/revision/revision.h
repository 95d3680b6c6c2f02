// A program as a commit has it, read without a checkout.
#pragma once

#include <memory>
#include <string>

#include "compiler/driver/project/project.h"
#include "runtime/git/repository.h"

namespace opsc {

struct Revision {
  GitCommit commit;
  std::shared_ptr<GitTree> tree;  // the environment below reads it too
  std::unique_ptr<Env> env;       // sources out of the commit; clock and all else of the world
  Project project;                // its root is inside of `env` only
};

// The directory `path` of the commit `id` as a project that keeps its state in `state_dir`. Fails
// where the commit has no such directory; that it holds no .ops files is for the caller to say.
Result<Revision> OpenRevision(Env& world, GitRepository& repository, const std::string& id,
                              const std::string& path, const std::string& state_dir);

// Where a project stands in the repository that holds it.
struct ProjectInGit {
  std::unique_ptr<GitRepository> repository;
  std::string path;  // relative to the repository's root; ".": the root
};
Result<ProjectInGit> FindInGit(const Project& project);

}  // namespace opsc
