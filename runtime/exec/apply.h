// Plan → effects. Nodes run in parallel as soon as what they need is done; intents are durable
// before effects, results before dependents start.
#pragma once

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
  int parallel = 0;  // 0: number of processors
  std::string command;  // recorded with the run
  bool keep_going = true;  // a failure stops its dependents only
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
  int failed = 0, skipped = 0, cancelled = 0;
  bool ok() const { return failed == 0 && skipped == 0 && cancelled == 0; }
  std::vector<StepRecord> steps;  // in order of completion
  std::vector<std::pair<std::string, Value>> outs;
};

// Runs the plan. An error is one of opsc itself (journal lost, recovery impossible); failures of
// nodes are in the result. `stop` cancels: no new node starts, running ones are stopped.
Result<ApplyResult> Apply(const Plan& plan, const ApplyInputs& inputs, const ApplyOptions& options,
                          std::stop_token stop);

// Closes what a killed run left open: asks each kind what became true, adopts or taints.
// Returns the addresses it dealt with.
Result<std::vector<std::string>> RecoverOpenIntents(const ApplyInputs& inputs);

}  // namespace opsc
