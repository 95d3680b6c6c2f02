// How objects of clusters are doing, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "runtime/kube/object_health.h"

namespace opsc {

// A line with the counts, and a row an object: of many, only those that are not healthy. Empty
// where there is none.
std::string ObjectsText(std::span<const ObjectHealth> objects, bool color);

// { "address", "kind", "namespace", "name", "status", "message" } of each.
nlohmann::ordered_json ObjectsJson(std::span<const ObjectHealth> objects);

}  // namespace opsc
