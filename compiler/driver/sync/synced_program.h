// The program of one revision, compiled, with everything opened that makes it true.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "compiler/driver/kube/manifest_program.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/load.h"
#include "compiler/driver/revision/revision.h"
#include "compiler/driver/sync/sync_spec.h"

namespace opsc {

// A program whose objects are for the cluster that the sync names, where they name none.
class TargetedProgram : public Program {
 public:
  // `inner` outlives this.
  TargetedProgram(Program& inner, Value cluster) : inner_(inner), cluster_(std::move(cluster)) {}

  Result<Resolved> Resolve(const std::string& address, const Outputs& known) override;
  Result<Value> ResolveOut(Symbol name, const Outputs& known) override {
    return inner_.ResolveOut(name, known);
  }
  // The same for the nodes of a graph.
  void Target(Graph& graph);

 private:
  // `fields` of an object with the cluster, unless they name one.
  Value Targeted(const Value& fields) const;

  Program& inner_;
  const Value cluster_;  // null: none
  std::unordered_set<std::string> objects_;
};

struct SyncedProgram {
  Revision revision;
  std::optional<ManifestProgram> manifests;  // what `program` was made of, if not of .ops files
  std::unique_ptr<LoadedProgram> program;
  Graph graph;  // with the fields that the sync leaves alone
  std::unique_ptr<TargetedProgram> targeted;
  std::shared_ptr<Engine> engine;  // nullptr until it is opened

  PlanInputs plan_inputs() { return PlanInputsOf(*engine, graph, *targeted); }
  ApplyInputs apply_inputs() { return ApplyInputsOf(*engine, graph, *targeted); }
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
// `engine`: one that made an earlier commit of the sync true, and knows the world by now; nullptr:
// it is opened. REQUIRES: the command has kRunningGroup.
Status OpenSynced(const CliSession& session, const Args& args, const SyncSpec& spec,
                  SyncedProgram& synced, std::shared_ptr<Engine> engine = nullptr);

// REQUIRES: an engine. Looks at the world, but for the addresses `left_alone`. kDenied: the commit
// would delete everything, and may not.
Result<SyncPlan> PlanSynced(SyncedProgram& synced, const SyncSpec& spec,
                            const std::vector<std::string>& left_alone = {});

}  // namespace opsc
