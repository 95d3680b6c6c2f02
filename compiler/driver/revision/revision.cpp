#include "compiler/driver/revision/revision.h"

#include <fmt/format.h>

#include "runtime/git/tree_env.h"

namespace opsc {

Result<Revision> OpenRevision(Env& world, GitRepository& repository, const std::string& id,
                              const std::string& path, const std::string& state_dir) {
  Revision revision;
  OPS_ASSIGN(revision.commit, repository.Commit(id));
  OPS_ASSIGN(revision.tree, repository.Tree(id, path));
  std::string mount = JoinPath(state_dir, "commit/" + id);
  revision.env = MakeTreeEnv(revision.tree, mount, &world);
  revision.project = {mount, state_dir, OpsFilesIn(*revision.env, mount)};
  return revision;
}

Result<ProjectInGit> FindInGit(const Project& project) {
  ProjectInGit found;
  OPS_ASSIGN(found.repository, DiscoverRepository(project.root));
  std::string top = found.repository->work_directory();
  if (project.root == top) {
    found.path = ".";
  } else if (!top.empty() && project.root.starts_with(top + "/")) {
    found.path = project.root.substr(top.size() + 1);
  } else {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` is not in the work tree of its repository", project.root));
  }
  return found;
}

}  // namespace opsc
