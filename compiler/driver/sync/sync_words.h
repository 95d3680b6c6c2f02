// Words for what a pass of a sync came to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/live/run_output.h"
#include "runtime/exec/apply.h"
#include "runtime/graph/plan.h"
#include "runtime/reconcile/schedule.h"

namespace opsc {

// "synced", "drifted" and so on, as history and metrics have it.
std::string_view StateName(SyncResult result);

// "a, b and 3 more".
std::string NamesOf(const std::vector<std::string>& names);

// "a (content), b (is gone)".
std::string DriftNames(const std::vector<Drift>& drift);

// "3 created, 1 deleted".
std::string ChangeCounts(const ApplyResult& result);

// The first check of the plan that says no, as an error.
Status FirstBrokenCheck(const Plan& plan);

// The first of what failed, and how many more there are.
Error FirstFailure(const std::vector<FailedNode>& failures);

}  // namespace opsc
