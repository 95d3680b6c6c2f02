#include <fmt/format.h>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/apply_run.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/show/plan_text.h"
#include "compiler/driver/sync/sync_view.h"

namespace opsc {
namespace {

// Of what the program itself keeps.
Status AddOwnDrift(CliSession& session, const Args& args, Prepared& prepared,
                   const std::vector<std::string>& words, Plan& plan) {
  EngineOptions engine_options;
  engine_options.secrets = prepared.program->secrets;
  OPS_ASSIGN(auto engine, OpenEngine(session, args, prepared.project, engine_options));
  OPS_ASSIGN(Plan own, PlanTargets(*engine, prepared, PlanOptions{}, words));
  plan.drift = std::move(own.drift);
  return engine->digests->Save();
}

// Of what its syncs keep; those named in `words` leave it.
Status AddSyncedDrift(CliSession& session, const Args& args, Prepared& prepared,
                      std::vector<std::string>& words, Plan& plan) {
  OPS_ASSIGN(auto specs, ReadSyncSpecs(prepared.project, prepared.graph()));
  bool all = words.empty();
  for (const SyncSpec& spec : specs) {
    bool named = std::erase(words, spec.name) > 0;
    if (!named && !all) continue;
    OPS_ASSIGN(auto drift, SyncedDrift(session, args, spec));
    plan.drift.insert(plan.drift.end(), drift.begin(), drift.end());
  }
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(auto prepared, Prepare(session, args, {.secrets = Secrets::kUnknown}));
  if (!prepared) return ProgramHasErrors(session);
  std::vector<std::string> words = args.positional;
  Plan synced, plan;
  OPS_TRY(AddSyncedDrift(session, args, *prepared, words, synced));
  if (words.size() > 0 || args.positional.empty()) {
    OPS_TRY(AddOwnDrift(session, args, *prepared, words, plan));
  }
  plan.drift.insert(plan.drift.end(), synced.drift.begin(), synced.drift.end());
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
    .details = "TARGET may be a sync. Exit code 2 where something drifted. Changes nothing."};

}  // namespace opsc
