// JSON and back: the only place that knows how a value looks in JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

enum class SecretPolicy {
  kRedact,  // {"$secret": true}: plans, state, logs
  kReveal,  // for `eval --reveal` only
};

// Numbers stay numbers; duration, size and ratio are strings in `.ops` syntax ("30s", "2GiB",
// "30%"); file is its path; pending is {"$pending": ["build"]}; an instance is {"$ref": address}.
std::string ToJson(const Value& value, SecretPolicy policy, int indent = -1);
// As ToJson, into an existing document (for plan and state files).
void ToJson(const Value& value, SecretPolicy policy, nlohmann::ordered_json& out);
// Objects to records, arrays to lists. Limits: depth 200.
Result<Value> FromJson(std::string_view text);

}  // namespace opsc
