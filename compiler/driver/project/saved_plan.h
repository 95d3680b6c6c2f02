// Plans as files: applied exactly, or refused because something moved.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/result.h"
#include "runtime/graph/plan.h"
#include "runtime/graph/state.h"

namespace opsc {

// Does `word` name a saved plan: by its ending (`.plan`), or because the file says so?
bool IsPlanFile(Env& env, const std::string& word);
// With a digest over all of it in the last line, so that a damaged or edited one is refused.
Status WritePlanFile(Env& env, const std::string& path, const Plan& plan);
Result<Plan> ReadPlanFile(Env& env, const std::string& path);
// Refuses a plan made from other sources or another state, and says what moved. What is observed
// is compared by apply itself, node by node.
Status CheckFresh(const Plan& plan, const Graph& graph, Journal& journal);

}  // namespace opsc
