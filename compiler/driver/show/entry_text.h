// One recorded instance, for people and machines.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/graph/state.h"

namespace opsc {

std::string EntryText(const StateEntry& entry, bool color);
nlohmann::ordered_json EntryJson(const StateEntry& entry);

}  // namespace opsc
