// The desired graph as JSON: `--emit=graph` and `opsc graph --format json`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/graph/graph.h"

namespace opsc {

nlohmann::ordered_json GraphJson(const Graph& graph);
nlohmann::ordered_json NodeJson(const Node& node);

}  // namespace opsc
