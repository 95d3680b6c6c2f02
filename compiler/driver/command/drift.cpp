#include <fmt/format.h>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/show/plan_text.h"

namespace opsc {
namespace {

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {}));
  if (!prepared) return ProgramHasErrors(session);
  EngineOptions engine_options;
  engine_options.secrets = prepared->program->secrets;
  OPS_ASSIGN(auto engine, OpenEngine(session, args, prepared->project, engine_options));
  OPS_ASSIGN(Plan plan, PlanTargets(*engine, *prepared, PlanOptions{}, args.positional));
  OPS_TRY(engine->digests->Save());
  int exit_code = plan.drift.empty() ? kExitOk : kExitDifference;
  if (session.json) {
    Plan only_drift;
    only_drift.drift = plan.drift;
    PrintPlan(session, prepared->graph(), only_drift);
    WriteOut(PlanSummaryLine(only_drift, exit_code, session.env->Now()));
    return exit_code;
  }
  PlanTextOptions options;
  options.color = session.terminal.out_color;
  options.width = session.terminal.width;
  WriteOut(DriftText(plan, options));
  WriteOut(plan.drift.empty() ? "No drift: the world is as it was recorded.\n"
                              : fmt::format("{} drifted. `opsc apply` repairs it, `opsc refresh` "
                                            "records it.\n",
                                            plan.drift.size()));
  return exit_code;
}

}  // namespace

extern const Command kDriftCommand = {
    .name = "drift",
    .summary = "what differs between the record and the world",
    .example = "opsc drift --json",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kAddresses},
    .groups = kProgramGroup | kRunningGroup | kEventsGroup,
    .details = "Exit code 2 where something drifted. Changes nothing."};

}  // namespace opsc
