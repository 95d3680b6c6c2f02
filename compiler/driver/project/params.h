// What the user said the parameters are, from all the places where it can be said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/driver/cli/arguments.h"
#include "compiler/driver/project/load.h"
#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

using ParamTexts = std::map<std::string, std::string>;  // by name

// Where each of the given ones was said: "`-p`", "`--params FILE`", "`OPSC_PARAM_NAME`".
using ParamPlaces = std::map<std::string, std::string>;
ParamPlaces PlacesOfParams(Env& env, const Args& args, const std::vector<std::string>& declared);

// The strongest first: `-p`, then --params FILE, then OPSC_PARAM_NAME of the `declared` ones.
Result<ParamTexts> CollectParams(Env& env, const Args& args,
                                 const std::vector<std::string>& declared);
Result<ParamTexts> CollectParams(Env& env, const Args& args, const ParsedModule& root);

std::vector<std::string> DeclaredParams(const ParsedModule& root);

// A value as the text that `-p` would take for it.
std::string ParamText(const Value& value);

}  // namespace opsc
