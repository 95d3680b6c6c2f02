#include "compiler/driver/sync/synced_program.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/diag/render.h"
#include "compiler/driver/kube/render.h"
#include "compiler/driver/ml/lower.h"
#include "compiler/driver/project/engine_sources.h"
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
    if (synced.manifests) PlaceDiagnostics(*synced.manifests, program);
    program.diagnostics.SortBySource();
  }
  if (!program.ok() || !program.evaluation) return std::unexpected(FirstError(program));
  OPS_ASSIGN(program.evaluation, LowerProgram(std::move(program.evaluation), *synced.revision.env,
                                              synced.revision.project.root));
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
Result<std::vector<std::string>> IgnoredAddresses(const SyncSpec& spec,
                                                  const Evaluation& evaluation, Journal& journal) {
  std::vector<std::string> addresses;
  if (spec.ignore.empty()) return addresses;
  OPS_ASSIGN(auto entries, journal.Entries());
  std::vector<std::string> recorded;
  for (const StateEntry& entry : entries) recorded.push_back(entry.address);
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

Status CheckManifests(const SyncSpec& spec, SyncedProgram& synced) {
  OPS_ASSIGN(synced.manifests,
             ReadManifestProgram(*synced.revision.tree, *spec.manifests, spec.state_dir));
  if (synced.manifests->texts.empty() && !spec.allow_empty) {
    return Fail(
        ErrorKind::kDenied,
        fmt::format("no file in `{}` is one of {}", spec.path, fmt::join(*spec.manifests, ", ")),
        "`path` of the source is the directory, `content` says which files are meant");
  }
  synced.program = CheckProject(*synced.manifests->env, synced.manifests->project);
  PlaceDiagnostics(*synced.manifests, *synced.program);
  return {};
}

}  // namespace

Result<Program::Resolved> TargetedProgram::Resolve(const std::string& address,
                                                   const Outputs& known) {
  OPS_ASSIGN(Resolved resolved, inner_.Resolve(address, known));
  if (objects_.contains(address)) resolved.fields = Targeted(resolved.fields);
  return resolved;
}

void TargetedProgram::Target(Graph& graph) {
  if (cluster_.is_null()) return;
  for (Node& node : graph.nodes) {
    if (node.type != kKubernetesKind) continue;
    objects_.insert(node.address);
    node.fields = Targeted(node.fields);
  }
}

Value TargetedProgram::Targeted(const Value& fields) const {
  const Value* own = fields.Find("cluster");
  if (own != nullptr && !own->is_null()) return fields;
  std::vector<Field> all;
  for (const Field& field : fields.AsRecord()) {
    if (field.first.text() != "cluster") all.push_back(field);
  }
  all.emplace_back(Symbol("cluster"), cluster_);
  return Value::Record(std::move(all));
}

Result<std::unique_ptr<SyncedProgram>> CompileSynced(Env& world, GitRepository& repository,
                                                     const SyncSpec& spec,
                                                     const std::string& revision, Secrets secrets) {
  auto synced = std::make_unique<SyncedProgram>();
  OPS_ASSIGN(synced->revision,
             OpenRevision(world, repository, revision, spec.path, spec.state_dir));
  if (spec.manifests) {
    OPS_TRY(CheckManifests(spec, *synced));
  } else {
    synced->program = CheckProject(*synced->revision.env, synced->revision.project);
  }
  OPS_TRY(EvaluateSynced(spec, secrets, *synced));
  synced->graph = synced->program->evaluation->graph();
  if (synced->manifests) PlaceNodes(*synced->manifests, synced->graph);
  IgnoreFields(spec, synced->graph);
  synced->targeted = std::make_unique<TargetedProgram>(*synced->program->evaluation, spec.cluster);
  synced->targeted->Target(synced->graph);
  return synced;
}

Status OpenSynced(const CliSession& session, const Args& args, const SyncSpec& spec,
                  SyncedProgram& synced, std::shared_ptr<Engine> engine) {
  EngineOptions options;
  options.secrets = synced.program->secrets;
  if (NeedsSourceFiles(synced.graph)) {
    options.source_root = spec.source_directory(synced.revision.commit.id);
    OPS_TRY(ExportTree(*session.env, *synced.revision.tree, options.source_root));
  }
  if (engine == nullptr) {
    OPS_ASSIGN(engine, OpenEngine(session, args, spec.project(), options));
  } else {
    UseSources(*engine, session, args, spec.project(), options);
  }
  synced.engine = std::move(engine);
  return {};
}

Result<SyncPlan> PlanSynced(SyncedProgram& synced, const SyncSpec& spec,
                            const std::vector<std::string>& left_alone) {
  const Evaluation& evaluation = *synced.program->evaluation;
  PlanOptions options;
  OPS_ASSIGN(options.excludes, IgnoredAddresses(spec, evaluation, *synced.engine->journal));
  options.excludes.insert(options.excludes.end(), left_alone.begin(), left_alone.end());
  options.forecasts = PlanOptions::Forecasts::kOneOfAlike;
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
