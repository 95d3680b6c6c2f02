// The parts of a plan as JSON, the same in events and in `opsc show --json`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/graph/plan.h"

namespace opsc {

nlohmann::ordered_json ChangeJson(const Change& change);
nlohmann::ordered_json DriftJson(const Drift& drift);
nlohmann::ordered_json CheckJson(const GraphCheck& check);

}  // namespace opsc
