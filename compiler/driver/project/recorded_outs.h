// The outs of the root module as the last apply left them: `.ops/outs.json`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/project/project.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// In the order of the sources. Secrets are redacted; a file is its path relative to the root.
using Outs = std::vector<std::pair<std::string, Value>>;

// What is still pending after a run of targets stays as it was recorded before.
Status RecordOuts(Env& env, const Project& project, const Outs& outs);
// An error where nothing was applied yet.
Result<Outs> ReadOuts(Env& env, const Project& project);

}  // namespace opsc
