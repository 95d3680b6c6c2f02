// The recorded state as the planner sees it: moved, and beside it what is really there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "runtime/graph/workers.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/problems.h"

namespace opsc {

// One recorded node. `observed` is empty where nobody looked.
struct Prior {
  StateEntry entry;
  std::string moved_from;  // its recorded address, where a `moved` gives it a new one
  std::optional<Observed> observed;
};
using PriorMap = std::map<std::string, Prior, std::less<>>;

// The state with the program's moves done, by (new) address. `depends_on` follows the moves. Fails
// where a move has no place to go.
Result<PriorMap> LoadPrior(const PlanInputs& inputs);

// Asks the kind of each recorded resource in `wanted` what is really there.
void ObservePrior(PriorMap& prior, const std::function<bool(const Prior&)>& wanted,
                  const PlanInputs& inputs, Workers& workers, Problems& problems);

// Recorded against observed, sealed and without `ignore` paths. REQUIRES: `prior.observed`.
Drift DriftOf(const Prior& prior, const std::vector<std::string>& ignore);

// The entries at `address` and below it: components, keys.
std::vector<PriorMap::iterator> Below(PriorMap& prior, const std::string& address);

}  // namespace opsc
