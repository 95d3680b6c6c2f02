#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/project/saved_plan.h"
#include "compiler/driver/revision/compare.h"
#include "compiler/driver/revision/prepare_revision.h"
#include "compiler/driver/show/graph_json.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/plan_text.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--out", "FILE", "save the plan, to be applied exactly by `opsc apply FILE`"},
    {"--from", "REV", "from what a Git revision says, instead of from the state and the world"},
    {"--to", "REV", "with --from: to this revision, instead of to the files as they are"},
    {"--destroy", "", "plan the deletion of everything (or of the targets)"},
    {"--detailed-exitcode", "", "exit 2 where the plan has changes"},
    {"--emit", "PHASE", "print what a phase made", "graph|plan"},
};

int Emit(const std::string& phase, const Graph& graph, const Plan& plan) {
  WriteOut((phase == "graph" ? JsonText(GraphJson(graph), 2) : EncodePlan(plan)) + "\n");
  return kExitOk;
}

Status Save(CliSession& session, const std::string& path, const Plan& plan) {
  OPS_TRY(WritePlanFile(*session.env, path, plan));
  PrintNote(session, fmt::format("the plan is saved: `opsc apply {}` applies exactly it", path));
  return {};
}

int ExitCodeFor(const Args& args, const Plan& plan) {
  int exit_code = ExitCodeOfPlan(plan);
  bool differs = args.Flag("detailed-exitcode") && !plan.Summary().empty();
  return exit_code == kExitOk && differs ? kExitDifference : exit_code;
}

int Show(CliSession& session, const Args& args, const Graph& graph, const Plan& plan) {
  int exit_code = ExitCodeFor(args, plan);
  PrintPlan(session, graph, plan);
  if (session.json) WriteOut(PlanSummaryLine(plan, exit_code, session.env->Now()));
  return exit_code;
}

// Options that speak of the state or the world, which a comparison leaves alone.
Status RefuseBesideFrom(const Args& args) {
  for (std::string_view name : {"out", "destroy", "replace", "emit"}) {
    if (args.options.find(name)->second.empty()) continue;
    return Fail(ErrorKind::kInput, fmt::format("`--{}` and `--from` exclude each other", name));
  }
  return {};
}

// `opsc plan --from REV [--to REV]`: two programs, and neither state nor world.
Result<int> RunBetween(CliSession& session, const Args& args) {
  OPS_TRY(RefuseBesideFrom(args));
  OPS_ASSIGN(auto from, PrepareRevision(session, args, args.Value("from")));
  OPS_ASSIGN(auto to, PrepareRevision(session, args, args.Value("to")));
  if (!from.prepared || !to.prepared) return ProgramHasErrors(session);
  if (!session.json && session.verbosity != Verbosity::kQuiet) {
    WriteOut(fmt::format("From {}\n  to {}\n\n", from.title, to.title));
  }
  OPS_ASSIGN(Plan plan, CompareRevisions({*from.prepared, *from.env()}, {*to.prepared, *to.env()},
                                         PlanOptionsOf(args), args.positional));
  return Show(session, args, to.prepared->graph(), plan);
}

Result<int> Run(CliSession& session, const Args& args) {
  if (args.Value("from")) return RunBetween(session, args);
  if (args.Value("to")) {
    return Fail(ErrorKind::kInput, "`--to` needs `--from`", "`opsc plan --from REV --to REV`");
  }
  OPS_ASSIGN(auto made, Prepare(session, args, {.secrets = Secrets::kReadWhereNeeded}));
  if (!made) return ProgramHasErrors(session);
  Prepared& prepared = Lasting(std::move(made));
  EngineOptions engine_options;
  engine_options.secrets = prepared.program->secrets;
  OPS_ASSIGN(auto engine, OpenEngine(session, args, prepared.project, engine_options));
  PlanOptions options = PlanOptionsOf(args);
  options.destroy = args.Flag("destroy");
  OPS_ASSIGN(Plan plan, PlanTargets(*engine, prepared, std::move(options), args.positional));
  if (!HasItsSecrets(session, prepared, plan)) return ProgramHasErrors(session);
  OPS_TRY(engine->digests->Save());
  if (auto phase = args.Value("emit")) return Emit(*phase, prepared.graph(), plan);
  if (auto path = args.Value("out")) OPS_TRY(Save(session, *path, plan));
  return Show(session, args, prepared.graph(), plan);
}

}  // namespace

extern const Command kPlanCommand = {
    .name = "plan",
    .summary = "what would change, why, and in which order",
    .example = "opsc plan -p env=prod -o prod.plan",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kGoals},
    .options = kOptions,
    .groups = kProgramGroup | kPlanningGroup | kRunningGroup | kEventsGroup,
    .details =
        "Plans all resources and the tasks that they need, or what is named: addresses, "
        "pipelines.\nChanges nothing outside of `.ops/`. With --from it compares two revisions of "
        "the "
        "repository\nand looks neither at the state nor at the world."};

}  // namespace opsc
