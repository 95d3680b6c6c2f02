// Plan → effects. Nodes run in parallel as soon as what they need is done; intents are durable
// before effects, results before dependents start.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/plan.h"
#include "runtime/graph/state.h"
#include "runtime/graph/task.h"

namespace opsc {

struct ApplyOptions {
  int parallel = 0;        // 0: number of processors
  std::string command;     // recorded with the run
  bool keep_going = true;  // a failure stops its dependents only
  std::chrono::nanoseconds retry_delay = std::chrono::seconds(1);  // doubles, up to 30 s
};

struct ApplyInputs {
  const Graph* graph = nullptr;
  Program* program = nullptr;
  Journal* journal = nullptr;
  TaskRunner* tasks = nullptr;
  KindTable* kinds = nullptr;
  KindContext kind_context;  // run_id is filled in by Apply
};

struct ApplyResult {
  std::string run_id;
  int ran = 0, cached = 0, created = 0, updated = 0, replaced = 0, destroyed = 0;
  int adopted = 0, forgotten = 0, moved = 0;
  int unchanged = 0;  // turned out to be as desired already
  int failed = 0, skipped = 0, cancelled = 0;
  int denied = 0;  // of the failed: a gate said no
  bool ok() const { return failed == 0 && skipped == 0 && cancelled == 0; }
  std::vector<StepRecord> steps;  // in order of completion
  std::vector<std::pair<std::string, Value>> outs;
  Outputs known = {};  // of every node that was made true or stood
};

// Runs the plan. An error is one of opsc itself (journal lost), or says before anything was done
// why nothing is: the plan is stale (kConflict) or denied by a check (kDenied). Failures of nodes
// are in the result. `stop` cancels: no new node starts, running ones are stopped.
Result<ApplyResult> Apply(const Plan& plan, const ApplyInputs& inputs, const ApplyOptions& options,
                          std::stop_token stop);

// Closes what a killed run left open: asks each kind what became true, adopts or taints. An
// action's outcome cannot be known: its next run has the same token. Returns the addresses it dealt
// with. To be called before MakePlan and Apply. A kind that cannot be asked leaves its intent open:
// error.
Result<std::vector<std::string>> RecoverOpenIntents(const ApplyInputs& inputs);

}  // namespace opsc
