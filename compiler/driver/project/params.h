// What the user said the parameters are, from all the places where it can be said.
#pragma once

#include <map>
#include <string>

#include "compiler/driver/cli/arguments.h"
#include "compiler/driver/project/load.h"
#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// Text by name, the strongest first: `-p`, then --params FILE, then OPSC_PARAM_NAME of declared
// params.
Result<std::map<std::string, std::string>> CollectParams(Env& env, const Args& args,
                                                         const ParsedModule& root);

// A value as the text that `-p` would take for it.
std::string ParamText(const Value& value);

}  // namespace opsc
