// Making a plan for what the user named, and showing it.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/prepare.h"

namespace opsc {

// `words` are added to the targets; all addresses are resolved against graph and state.
Result<Plan> PlanTargets(Engine& engine, Prepared& prepared, PlanOptions options,
                         const std::vector<std::string>& words);

// The targets, excludes and replacements of `options`, and `words` as targets, as addresses.
Result<PlanOptions> ResolvePlanOptions(const Evaluation& evaluation, Journal& journal,
                                       PlanOptions options, const std::vector<std::string>& words);

// Text, or events with --json.
void PrintPlan(const CliSession& session, const Graph& graph, const Plan& plan);

// 4 where a policy or an assertion says no, else 0.
int ExitCodeOfPlan(const Plan& plan);

}  // namespace opsc
