// One run: recover, plan, show, ask, apply, report. What apply, destroy and run share.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/prepare.h"

namespace opsc {

enum class Ask { kYes, kNo };  // a question on the terminal before anything is done
enum class ShowPlan { kWhole, kFooter };

class StopOnSignal;

struct RunRequest {
  PlanOptions plan_options;
  std::vector<std::string> words;  // targets as the user wrote them
  std::optional<Plan> saved;       // applied as it is, instead of a new plan
  Ask ask = Ask::kYes;
  ShowPlan show = ShowPlan::kWhole;
  Await await = Await::kHealthy;
  std::string question;            // "Apply these changes?"
  std::string junit_path;          // empty: none
  bool nothing_to_do = false;      // found out by the plan
  std::optional<Time> began = {};  // to be remembered if it was settled: when it began
  StopOnSignal* stop = nullptr;    // of a caller who has one; there is one at a time
  // Asked with the plan where it has something to do; false: it is left, nothing is said and no
  // run is recorded. So is a plan without anything to do.
  std::function<bool(const Plan&)> worth = {};
};

// The exit code. REQUIRES: the command has the running and the lock group.
Result<int> PlanAndApply(CliSession& session, const Args& args, Prepared& prepared,
                         RunRequest request);

// Prints what a command without an evaluated program ends with, and gives its exit code.
int ProgramHasErrors(const CliSession& session);

}  // namespace opsc
