// Tasks that run this very opsc: how their specs are handed over.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Runs `work` on the spec that the words of the command line are when they are joined. kCorrupt
// where they are no JSON object, or one that lacks what `work` reads.
Result<int> WithOwnSpec(const std::vector<std::string>& words,
                        const std::function<Result<int>(const nlohmann::ordered_json&)>& work);

}  // namespace opsc
