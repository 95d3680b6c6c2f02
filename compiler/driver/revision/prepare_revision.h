// From a revision as the user names it to an evaluated program.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "compiler/driver/project/prepare.h"
#include "compiler/driver/revision/revision.h"

namespace opsc {

struct RevisedProgram {
  std::optional<Revision> revision;  // absent: the files as they are
  Env* world = nullptr;
  std::string title;                   // "1a2b3c4d5e Ada: first"
  std::unique_ptr<Prepared> prepared;  // nullptr: it has errors, and they were printed

  Env* env() const { return revision ? revision->env.get() : world; }
};

// `word`: what git-rev-parse(1) takes; absent: the project's files as they are. Secrets are not
// read: each stands for where it would be. REQUIRES: the command has kProgramGroup.
Result<RevisedProgram> PrepareRevision(CliSession& session, const Args& args,
                                       const std::optional<std::string>& word);

}  // namespace opsc
