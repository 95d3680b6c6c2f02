#include "runtime/exec/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "runtime/exec/apply_items.h"
#include "runtime/exec/apply_loop.h"

namespace opsc {
namespace {

double Processors(const ApplyOptions& options) {
  if (options.parallel > 0) return options.parallel;
  return std::max(1u, std::thread::hardware_concurrency());
}

Status LoadEntries(ApplyRun& run) {
  OPS_ASSIGN(std::vector<StateEntry> entries, run.inputs.journal->Entries());
  run.entries.clear();
  for (StateEntry& entry : entries) {
    std::string address = entry.address;
    run.entries.emplace(std::move(address), std::move(entry));
  }
  return {};
}

std::string SummaryText(const ApplyResult& result) {
  std::string text;
  auto add = [&](int count, const char* what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(result.ran, "ran");
  add(result.cached, "cached");
  add(result.created, "created");
  add(result.updated, "updated");
  add(result.replaced, "replaced");
  add(result.destroyed, "destroyed");
  add(result.adopted, "adopted");
  add(result.forgotten, "forgotten");
  add(result.moved, "moved");
  add(result.failed, "failed");
  add(result.skipped, "skipped");
  add(result.cancelled, "cancelled");
  return text.empty() ? "nothing to do" : text;
}

RunOutcome OutcomeOf(const ApplyResult& result) {
  if (result.cancelled > 0) return RunOutcome::kCancelled;
  return result.ok() ? RunOutcome::kOk : RunOutcome::kFailed;
}

Result<Schedule> Prepare(ApplyRun& run, Workers& workers) {
  OPS_TRY(LoadEntries(run));
  OPS_TRY(MakeItems(run));
  OPS_TRY(CheckFresh(run, workers));
  OPS_TRY(FindAbandonedTasks(run));
  OPS_ASSIGN(Schedule schedule, MakeSchedule(run));
  OPS_ASSIGN(run.run_id, run.inputs.journal->BeginRun(run.options.command));
  run.result.run_id = run.run_id;
  OPS_TRY(ApplyMoves(run.plan, *run.inputs.journal));
  run.result.moved = run.plan.Summary().move;
  if (run.result.moved > 0) OPS_TRY(LoadEntries(run));
  return schedule;
}

// Outs of the root module that are known now.
void CollectOuts(ApplyRun& run, const Outputs& known) {
  for (const auto& [name, value] : run.inputs.graph->outs) {
    Value out = value;
    if (value.has_pending()) {
      auto resolved = run.inputs.program->ResolveOut(Symbol(name), known);
      if (!resolved) {
        run.Say(Event::Type::kNotice, "",
                fmt::format("`out {}`: {}", name, Text(resolved.error())));
        continue;
      }
      out = std::move(*resolved);
    }
    run.result.outs.emplace_back(name, std::move(out));
  }
}

}  // namespace

Result<ApplyResult> Apply(const Plan& plan, const ApplyInputs& inputs, const ApplyOptions& options,
                          std::stop_token stop) {
  ApplyRun run(plan, inputs, options);
  Outputs known;
  {
    Workers workers(ApplyRun::kEffects + ApplyRun::kLookups +
                    static_cast<size_t>(Processors(options)) + 1);
    OPS_ASSIGN(Schedule schedule, Prepare(run, workers));
    OPS_TRY(
        RunItems(run, std::move(schedule), workers, Processors(options), std::move(stop), known));
  }
  OPS_TRY(CloseAbandonedTasks(run));
  OPS_TRY(inputs.journal->EndRun(run.run_id, OutcomeOf(run.result), SummaryText(run.result)));
  CollectOuts(run, known);
  run.result.known = std::move(known);
  return std::move(run.result);
}

}  // namespace opsc
