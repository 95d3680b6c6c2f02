// JSON as text: invalid UTF-8 becomes U+FFFD instead of an exception.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace opsc {

std::string JsonText(const nlohmann::ordered_json& json, int indent = -1);

}  // namespace opsc
