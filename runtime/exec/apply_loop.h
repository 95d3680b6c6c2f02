// The coordinating thread of a run. Internal to runtime/exec.
#pragma once

#include "runtime/exec/apply_run.h"
#include "runtime/exec/schedule.h"

namespace opsc {

// Brings every item of the run to an end: in parallel on `workers`, tasks within `processors`.
// Program::Resolve is called on this thread only. Leaves in `known` what the nodes gave. The error
// is one of the journal; no effect starts after it.
Status RunItems(ApplyRun& run, Schedule schedule, Workers& workers, double processors,
                std::stop_token stop, Outputs& known);

}  // namespace opsc
