// Bodies of requests as JSON.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace opsc {

// What is wrong with it, in words, where it is none, or where a name stands twice in one object:
// which of the two was meant nobody knows.
std::expected<nlohmann::json, std::string> ParseBody(std::string_view body);

}  // namespace opsc
