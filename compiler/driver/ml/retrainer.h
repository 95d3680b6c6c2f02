// Models with triggers, kept up with their data.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/project/apply_run.h"

namespace opsc {

// Is there a model with `retrain:`?
bool HasTriggers(const Graph& graph);

// Applies the models with triggers, and what needs them, whenever something of it has to be done.
// Level-based: each pass reads the program and the data anew. What a gate or a check has refused is
// left alone until something else is planned; what failed is tried again, ever later.
class Retrainer {
 public:
  // All outlive it. `args`: of a command with the program and the running group.
  Retrainer(CliSession& session, const Args& args, StopOnSignal& stop)
      : session_(session), args_(args), stop_(stop) {}

  // Until `stop` is requested.
  void Run(const std::stop_token& stop);
  // One look; the exit code.
  int Pass();

 private:
  Result<int> PlanAndRetrain();
  bool IsWorth(const Plan& plan);

  CliSession& session_;
  const Args& args_;
  StopOnSignal& stop_;
  Digest tried_;        // what the last pass that did something had planned
  bool tries_ = false;  // this pass does something
  bool denied_ = false;
  bool just_denied_ = false;
  int failures_ = 0;  // in a row, of one plan
  Time next_try_{};
};

}  // namespace opsc
