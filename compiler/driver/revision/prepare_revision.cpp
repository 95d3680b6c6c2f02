#include "compiler/driver/revision/prepare_revision.h"

#include <fmt/format.h>

namespace opsc {

Result<RevisedProgram> PrepareRevision(CliSession& session, const Args& args,
                                       const std::optional<std::string>& word) {
  RevisedProgram revised;
  revised.world = session.env;
  revised.title = "the files as they are";
  OPS_ASSIGN(Project project, FindProject(*session.env, std::nullopt));
  CliSession inside = session;
  if (word) {
    OPS_ASSIGN(ProjectInGit place, FindInGit(project));
    OPS_ASSIGN(std::string id, place.repository->Resolve({GitRef::Kind::kRevision, *word}));
    OPS_ASSIGN(revised.revision,
               OpenRevision(*session.env, *place.repository, id, place.path, project.state_dir));
    const GitCommit& commit = revised.revision->commit;
    revised.title = fmt::format("{} {}: {}", commit.short_id(), commit.author, commit.subject);
    project = revised.revision->project;
    inside.env = revised.env();
  }
  PrepareOptions options;
  options.secrets = Secrets::kNamed;
  OPS_ASSIGN(revised.prepared, PrepareProject(inside, args, std::move(project), options));
  if (!revised.prepared) PrintNote(session, fmt::format("these are errors of {}", revised.title));
  return revised;
}

}  // namespace opsc
