// Runs and their steps, recorded, as people and machines read them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/graph/state.h"

namespace opsc {

std::string_view OutcomeName(RunOutcome outcome);
std::string RunsText(const std::vector<RunRecord>& runs, Time now, bool color);
std::string StepsText(const std::vector<StepRecord>& steps, bool color);
nlohmann::ordered_json RunJson(const RunRecord& run);
nlohmann::ordered_json StepJson(const StepRecord& step);

}  // namespace opsc
