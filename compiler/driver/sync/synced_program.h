// The program of one revision, compiled, with everything opened that makes it true.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/load.h"
#include "compiler/driver/revision/revision.h"
#include "compiler/driver/sync/sync_spec.h"

namespace opsc {

struct SyncedProgram {
  Revision revision;
  std::unique_ptr<LoadedProgram> program;
  Graph graph;                     // with the fields that the sync leaves alone
  std::unique_ptr<Engine> engine;  // nullptr until it is opened

  PlanInputs plan_inputs() { return PlanInputsOf(*engine, graph, *program->evaluation); }
  ApplyInputs apply_inputs() { return ApplyInputsOf(*engine, graph, *program->evaluation); }
};

// What a plan of it comes to.
struct SyncPlan {
  Plan plan;
  std::vector<std::string> left;  // no longer in Git, and not deleted
};

// Compiles a commit; there is no engine yet. A program with errors is kInput: the message begins
// with file and line, the hint holds all diagnostics.
Result<std::unique_ptr<SyncedProgram>> CompileSynced(Env& world, GitRepository& repository,
                                                     const SyncSpec& spec,
                                                     const std::string& revision, Secrets secrets);

// Opens the engine of a compiled one, and writes the sources to disk where something needs them.
// REQUIRES: the command has kRunningGroup.
Status OpenSynced(const CliSession& session, const Args& args, const SyncSpec& spec,
                  SyncedProgram& synced);

// REQUIRES: an engine. Looks at the world. kDenied: the commit would delete everything, and may
// not.
Result<SyncPlan> PlanSynced(SyncedProgram& synced, const SyncSpec& spec);

}  // namespace opsc
