#include "compiler/driver/project/apply_run.h"

#include <iostream>
#include <thread>

#include <fmt/format.h>

#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/cli/signals.h"
#include "compiler/driver/live/event_json.h"
#include "compiler/driver/live/run_output.h"
#include "compiler/driver/ml/tell_trackers.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/project/recorded_outs.h"
#include "compiler/driver/project/saved_plan.h"
#include "compiler/driver/project/settled.h"
#include "compiler/driver/show/junit.h"
#include "compiler/driver/show/result_text.h"

namespace opsc {
namespace {

// Asks on the terminal. Without one, refuses and says how to do without the question.
Status Confirm(const CliSession& session, const std::string& question, std::stop_token stop) {
  if (session.json || !session.terminal.in_is_tty) {
    return Fail(ErrorKind::kInput, "there is no terminal to ask on",
                "give `--yes`, or apply a saved plan: `opsc plan -o FILE`, `opsc apply FILE`");
  }
  WriteOut(fmt::format("\n{} Only `yes` is taken as a yes: ", question));
  std::string answer;
  std::getline(std::cin, answer);
  if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "interrupted; nothing was changed");
  if (answer == "yes") return {};
  return Fail(ErrorKind::kInput, "not confirmed; nothing was changed");
}

// What a killed run left open is brought to an end before anything is planned.
Status Recover(const CliSession& session, Engine& engine, Prepared& prepared) {
  auto output = session.json ? MakeJsonOutput() : MakePlainOutput(session);
  engine.context.events = output.get();
  ApplyInputs inputs = ApplyInputsOf(engine, prepared.graph(), *prepared.program->evaluation);
  Result<std::vector<std::string>> recovered = RecoverOpenIntents(inputs);
  engine.context.events = nullptr;
  if (!recovered) return std::unexpected(recovered.error());
  if (!recovered->empty()) {
    PrintNote(session, fmt::format("an earlier run was interrupted; brought to an end: {}",
                                   fmt::join(*recovered, ", ")));
  }
  return {};
}

Result<Plan> PlanFor(Engine& engine, Prepared& prepared, RunRequest& request) {
  if (!request.saved) {
    return PlanTargets(engine, prepared, std::move(request.plan_options), request.words);
  }
  OPS_TRY(CheckFresh(*request.saved, prepared.graph(), *engine.journal));
  return std::move(*request.saved);
}

void ShowThePlan(const CliSession& session, const RunRequest& request, const Graph& graph,
                 const Plan& plan) {
  bool whole = request.show == ShowPlan::kWhole || session.verbosity == Verbosity::kVerbose ||
               ExitCodeOfPlan(plan) != kExitOk;
  if (session.json || whole) return PrintPlan(session, graph, plan);
  CliSession brief = session;
  brief.verbosity = Verbosity::kQuiet;
  if (session.verbosity != Verbosity::kQuiet) PrintPlan(brief, graph, plan);
}

int ExitCodeOfRun(const ApplyResult& result, const StopOnSignal& stop) {
  if (result.ok()) return kExitOk;
  if (result.denied > 0 && result.denied == result.failed) return kExitDenied;
  return stop.token().stop_requested() ? kExitInterrupted : kExitError;
}

// What is wrong with a run although it may have done all that it could.
std::optional<Error> Objection(const Args& args, Evaluation& evaluation, const ApplyResult& result,
                               const StopOnSignal& stop) {
  if (!result.ok()) {
    if (!stop.deadline_passed()) return std::nullopt;
    std::string limit = args.ValueOr("timeout", "");
    return Error{ErrorKind::kTask, fmt::format("stopped: --timeout {} has passed", limit), ""};
  }
  Status decided = evaluation.DecideChecks(result.known);
  return decided ? std::nullopt : std::optional(decided.error());
}

Status Report(const CliSession& session, const RunRequest& request, const ApplyResult& result,
              const RunOutput& output, int exit_code) {
  if (!request.junit_path.empty()) {
    std::string xml = JUnitOfRun(result, output.failures());
    OPS_TRY(WriteResultFile(*session.env, request.junit_path, xml, 0644));
  }
  if (session.json) {
    WriteOut(ApplySummaryLine(result, exit_code, session.env->Now()));
    return {};
  }
  bool had_nothing_to_do = request.nothing_to_do && result.ok();
  if (had_nothing_to_do && session.verbosity != Verbosity::kVerbose) return {};
  ResultTextOptions options{session.terminal.out_color, session.verbosity, session.terminal.width};
  WriteOut(ResultText(result, output.failures(), options));
  return {};
}

Result<int> ApplyShown(CliSession& session, const Args& args, Prepared& prepared, Engine& engine,
                       const Plan& plan, const RunRequest& request, StopOnSignal& stop) {
  auto output = MakeRunOutput(session, plan);
  engine.context.events = output.get();
  engine.context.await = request.await;
  ApplyOptions options;
  if (auto parallel = args.Value("parallel")) options.parallel = std::stoi(*parallel);
  options.command = session.command_line;
  ApplyInputs inputs = ApplyInputsOf(engine, prepared.graph(), *prepared.program->evaluation);
  Result<ApplyResult> result = Apply(plan, inputs, options, stop.token());
  output->Finish();
  engine.context.events = nullptr;
  if (!result) return std::unexpected(result.error());
  if (plan.destroy) result->outs.clear();
  OPS_TRY(engine.digests->Save());
  if (result->ok()) OPS_TRY(RecordOuts(*session.env, prepared.project, result->outs));
  std::optional<Error> objection = Objection(args, *prepared.program->evaluation, *result, stop);
  int exit_code = objection ? ExitCodeOf(objection->kind) : ExitCodeOfRun(*result, stop);
  if (exit_code == kExitOk && request.began) {
    RememberSettled(session, args, prepared, engine, {plan, *result, *request.began});
  }
  OPS_TRY(Report(session, request, *result, *output, exit_code));
  if (objection) PrintError(session, *objection);
  TellTrackers(session, engine, prepared.graph(), stop.token());
  return exit_code;
}

}  // namespace

int ProgramHasErrors(const CliSession& session) {
  if (session.json) {
    WriteOut(ErrorLine({ErrorKind::kInput, "the program has errors", ""}, session.errors_exit,
                       session.env->Now()));
  }
  return session.errors_exit;
}

Result<int> PlanAndApply(CliSession& session, const Args& args, Prepared& prepared,
                         RunRequest request) {
  std::optional<StopOnSignal> own;
  if (request.stop == nullptr) own.emplace(args.Duration("timeout"));
  StopOnSignal& stop = own ? *own : *request.stop;
  EngineOptions engine_options;
  engine_options.locking = Locking::kExclusive;
  engine_options.secrets = prepared.program->secrets;
  engine_options.stop = stop.token();
  OPS_ASSIGN(auto engine, OpenEngine(session, args, prepared.project, engine_options));
  OPS_TRY(Recover(session, *engine, prepared));
  OPS_ASSIGN(Plan plan, PlanFor(*engine, prepared, request));
  request.nothing_to_do = plan.Summary().empty();
  if (request.worth && (request.nothing_to_do || !request.worth(plan))) {
    TellTrackersQuietly(session, *engine, prepared.graph(), stop.token());
    return kExitOk;
  }
  if (!HasItsSecrets(session, prepared, plan)) return ProgramHasErrors(session);
  ShowThePlan(session, request, prepared.graph(), plan);
  if (int denied = ExitCodeOfPlan(plan); denied != kExitOk) {
    if (session.json) WriteOut(PlanSummaryLine(plan, denied, session.env->Now()));
    if (!session.json) WriteErr("nothing was changed: a check says no\n");
    return denied;
  }
  if (request.ask == Ask::kYes && !request.nothing_to_do) {
    OPS_TRY(Confirm(session, request.question, stop.token()));
  }
  return ApplyShown(session, args, prepared, *engine, plan, request, stop);
}

}  // namespace opsc
