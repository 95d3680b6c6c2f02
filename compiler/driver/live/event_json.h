// Events as JSON lines: the format is in docs/formats/events.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/project/load.h"
#include "runtime/base/event.h"
#include "runtime/exec/apply.h"
#include "runtime/graph/plan.h"

namespace opsc {

std::vector<std::string> DiagnosticEvents(const LoadedProgram& program, Time now);
std::string EventLine(const Event& event);
std::vector<std::string> PlanEvents(const Plan& plan, Time now);  // change, drift and check
// The last line of every --json output of a run.
std::string PlanSummaryLine(const Plan& plan, int exit_code, Time now);
std::string ApplySummaryLine(const ApplyResult& result, int exit_code, Time now);
std::string TestSummaryLine(int passed, int failed, int exit_code, Time now);
std::string ErrorLine(const Error& error, int exit_code, Time now);

}  // namespace opsc
