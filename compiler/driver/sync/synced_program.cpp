#include "compiler/driver/sync/synced_program.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/diag/render.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/sync/export_tree.h"

namespace opsc {
namespace {

// "app.ops:3:1: error: unknown type …", and how many more there are.
Error FirstError(const LoadedProgram& program) {
  std::string text =
      Render(program.diagnostics, program.parsed.sources, DiagFormat::kText, Color::kNever);
  size_t count = program.diagnostics.error_count();
  std::string more = count > 1 ? fmt::format(" (and {} more)", count - 1) : "";
  return {ErrorKind::kInput, text.substr(0, text.find('\n')) + more, text};
}

Status EvaluateSynced(const SyncSpec& spec, Secrets secrets, SyncedProgram& synced) {
  LoadedProgram& program = *synced.program;
  if (program.ok()) {
    EvalOptions options =
        EvaluationOptions(*synced.revision.env, synced.revision.project, {}, secrets, program);
    options.values = spec.params;
    program.evaluation =
        Evaluate(program.model, program.parsed.sources, options, program.diagnostics);
    program.diagnostics.SortBySource();
  }
  if (!program.ok() || !program.evaluation) return std::unexpected(FirstError(program));
  return {};
}

// `web.content` in `ignore` is a field that others may change.
void IgnoreFields(const SyncSpec& spec, Graph& graph) {
  for (const std::string& word : spec.ignore) {
    auto found = FindNodeAndPath(graph, word);
    if (!found || found->path.empty()) continue;
    size_t index = static_cast<size_t>(found->node - graph.nodes.data());
    graph.nodes[index].meta.ignore.push_back(
        found->path.substr(found->path.starts_with('.') ? 1 : 0));
  }
}

// The addresses in `ignore`, with all that is below them.
std::vector<std::string> IgnoredAddresses(const SyncSpec& spec, const Evaluation& evaluation,
                                          const std::vector<std::string>& recorded) {
  std::vector<std::string> addresses;
  for (const std::string& word : spec.ignore) {
    auto found = ResolveTargets(evaluation, recorded, {word});
    if (found) addresses.insert(addresses.end(), found->begin(), found->end());
  }
  return addresses;
}

std::vector<std::string> Deleted(const Plan& plan) {
  std::vector<std::string> addresses;
  for (const Change& change : plan.changes) {
    if (change.action == Action::kDelete) addresses.push_back(change.address);
  }
  return addresses;
}

}  // namespace

Result<std::unique_ptr<SyncedProgram>> CompileSynced(Env& world, GitRepository& repository,
                                                     const SyncSpec& spec,
                                                     const std::string& revision, Secrets secrets) {
  auto synced = std::make_unique<SyncedProgram>();
  OPS_ASSIGN(synced->revision,
             OpenRevision(world, repository, revision, spec.path, spec.state_dir));
  synced->program = CheckProject(*synced->revision.env, synced->revision.project);
  OPS_TRY(EvaluateSynced(spec, secrets, *synced));
  synced->graph = synced->program->evaluation->graph();
  IgnoreFields(spec, synced->graph);
  return synced;
}

Status OpenSynced(const CliSession& session, const Args& args, const SyncSpec& spec,
                  SyncedProgram& synced) {
  EngineOptions options;
  options.secrets = synced.program->secrets;
  if (NeedsSourceFiles(synced.graph)) {
    options.source_root = spec.source_directory(synced.revision.commit.id);
    OPS_TRY(ExportTree(*session.env, *synced.revision.tree, options.source_root));
  }
  OPS_ASSIGN(synced.engine, OpenEngine(session, args, spec.project(), options));
  return {};
}

Result<SyncPlan> PlanSynced(SyncedProgram& synced, const SyncSpec& spec) {
  const Evaluation& evaluation = *synced.program->evaluation;
  OPS_ASSIGN(auto entries, synced.engine->journal->Entries());
  std::vector<std::string> recorded;
  for (const StateEntry& entry : entries) recorded.push_back(entry.address);
  PlanOptions options;
  options.excludes = IgnoredAddresses(spec, evaluation, recorded);
  options.refuse_empty = spec.prune == Prune::kYes && !spec.allow_empty;
  SyncPlan made;
  OPS_ASSIGN(made.plan, MakePlan(synced.plan_inputs(), options));
  if (spec.prune == Prune::kYes) return made;
  std::vector<std::string> deleted = Deleted(made.plan);
  if (deleted.empty()) return made;
  made.left = deleted;
  options.excludes.insert(options.excludes.end(), deleted.begin(), deleted.end());
  OPS_ASSIGN(made.plan, MakePlan(synced.plan_inputs(), options));
  return made;
}

}  // namespace opsc
