// What would change from one revision to another, without a look at the world.
#pragma once

#include "compiler/driver/project/prepare.h"
#include "runtime/graph/plan.h"
#include "runtime/plan/plan.h"

namespace opsc {

// A prepared program and where its files are read.
struct PreparedRevision {
  Prepared& prepared;
  Env& env;
};

// The plan that would lead from `from`, taken to be applied, to `to`. `words` name targets of `to`.
Result<Plan> CompareRevisions(PreparedRevision from, PreparedRevision to, PlanOptions options,
                              const std::vector<std::string>& words);

}  // namespace opsc
