#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/show/graph_json.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/plan_text.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--out", "FILE", "save the plan, to be applied exactly by `opsc apply FILE`"},
    {"--destroy", "", "plan the deletion of everything (or of the targets)"},
    {"--detailed-exitcode", "", "exit 2 where the plan has changes"},
    {"--emit", "PHASE", "print what a phase made", "graph|plan|journal"},
};

Result<int> Emit(const std::string& phase, const Graph& graph, const Plan& plan, Journal& journal) {
  if (phase == "graph") WriteOut(JsonText(GraphJson(graph), 2) + "\n");
  if (phase == "plan") WriteOut(EncodePlan(plan) + "\n");
  if (phase == "journal") {
    OPS_ASSIGN(std::string text, journal.Export());
    WriteOut(text + "\n");
  }
  return kExitOk;
}

Status Save(CliSession& session, const std::string& path, const Plan& plan) {
  OPS_TRY(session.env->WriteFile(path, EncodePlan(plan) + "\n", 0600));
  PrintNote(session, fmt::format("the plan is saved: `opsc apply {}` applies exactly it", path));
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {}));
  if (!prepared) {
    if (session.json)
      WriteOut(ErrorLine({ErrorKind::kInput, "the program has errors", ""}, kExitError,
                         session.env->Now()));
    return kExitError;
  }
  EngineOptions engine_options;
  engine_options.secrets = prepared->program->secrets;
  OPS_ASSIGN(auto engine, OpenEngine(session, args, prepared->project, engine_options));
  PlanOptions options = PlanOptionsOf(args);
  options.destroy = args.Flag("destroy");
  OPS_ASSIGN(Plan plan, PlanTargets(*engine, *prepared, std::move(options), args.positional));
  OPS_TRY(engine->digests->Save());
  if (auto phase = args.Value("emit")) {
    return Emit(*phase, prepared->graph(), plan, *engine->journal);
  }
  int exit_code = ExitCodeOfPlan(plan);
  if (exit_code == kExitOk && args.Flag("detailed-exitcode") && !plan.Summary().empty()) {
    exit_code = kExitDifference;
  }
  PrintPlan(session, prepared->graph(), plan);
  if (auto path = args.Value("out")) OPS_TRY(Save(session, *path, plan));
  if (session.json) WriteOut(PlanSummaryLine(plan, exit_code, session.env->Now()));
  return exit_code;
}

}  // namespace

extern const Command kPlanCommand = {
    .name = "plan",
    .summary = "what would change, why, and in which order",
    .example = "opsc plan -p env=prod -o prod.plan",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kAddresses},
    .options = kOptions,
    .groups = kProgramGroup | kPlanningGroup | kRunningGroup | kEventsGroup,
    .details =
        "Plans all resources and the tasks that they need, or what is named: addresses, "
        "pipelines.\nChanges nothing outside of `.ops/`."};

}  // namespace opsc
