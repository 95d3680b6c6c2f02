// Tasks that a killed opsc had running elsewhere: their runs outlive it.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/exec/apply_run.h"

namespace opsc {
namespace {

// A key that is not known yet may turn out to be that one.
bool IsWanted(const ApplyRun& run, const OpenIntent& intent) {
  return std::ranges::any_of(run.plan.changes, [&](const Change& change) {
    const bool same_key = change.key.empty() || change.key.Hex() == intent.token;
    return change.address == intent.address && change.action == Action::kRun && same_key;
  });
}

Status Remove(ApplyRun& run, const OpenIntent& intent) {
  Status removed = run.inputs.tasks->RemoveAbandoned(intent, {});
  if (!removed) {
    run.Say(Event::Type::kNotice, intent.address,
            fmt::format("what a killed opsc left of `{}` could not be removed: {}", intent.address,
                        removed.error().message));
  }
  return removed;
}

}  // namespace

Status FindAbandonedTasks(ApplyRun& run) {
  OPS_ASSIGN(run.abandoned, run.inputs.journal->OpenIntents());
  std::erase_if(run.abandoned,
                [](const OpenIntent& intent) { return RoleOf(intent.type) != Role::kTask; });
  for (const OpenIntent& intent : run.abandoned) {
    if (!IsWanted(run, intent)) (void)Remove(run, intent);  // said; tried again at the end
  }
  return {};
}

void RemoveOtherRuns(ApplyRun& run, const std::string& address, const std::string& token) {
  for (const OpenIntent& intent : run.abandoned) {
    if (intent.address == address && intent.token != token) (void)Remove(run, intent);
  }
}

Status CloseAbandonedTasks(ApplyRun& run) {
  for (const OpenIntent& intent : run.abandoned) {
    if (!Remove(run, intent)) continue;  // left open: the next run tries again
    StepRecord step;
    step.run = intent.run;
    step.address = intent.address;
    step.action = intent.action;
    step.result = "cancelled";
    step.message = "opsc ended before it was done";
    step.started = run.Now();
    OPS_TRY(run.inputs.journal->Abandon(intent.id, /*half_done=*/false, step));
  }
  return {};
}

}  // namespace opsc
