// The items of a run and what each of them waits for. Internal to runtime/exec.
#pragma once

#include <vector>

#include "runtime/exec/apply_run.h"
#include "runtime/exec/schedule.h"
#include "runtime/graph/diff.h"

namespace opsc {

// One item a change, and one for each pipeline or other note of the graph. Fails where the plan
// does not fit the graph.
Status MakeItems(ApplyRun& run);

Result<Schedule> MakeSchedule(const ApplyRun& run);

// What `item` needs and did not get, in the order of items. REQUIRES: all it needs has ended.
std::vector<size_t> FailedNeeds(const ApplyRun& run, const ApplyItem& item);

// May `item` run although `needs` failed? Only if its fields wait for each of them: then they use
// `result(x)`, or still are pending once everything is known.
bool HandlesResultsOf(const ApplyRun& run, const ApplyItem& item, const std::vector<size_t>& needs);

// Fills in `resolved` and `sealed` with what is known now. Leaves `resolved` pending where
// something still is; fails where a value breaks its rules, or is not what was planned.
Status ResolveItem(ApplyRun& run, ApplyItem& item, const Outputs& known);

}  // namespace opsc
