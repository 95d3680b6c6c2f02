// The process of a script: only the packages of its lock, one thread, and what it needs to be
// the same each time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/result.h"
#include "runtime/ml/script.h"

namespace opsc {

// A new directory in the working directory, for files between opsc and a script: its absolute path.
Result<std::string> MakeScriptScratch();

// `INTERPRETER -S code/SCRIPT JOB` in DIR/code, where JOB is a file in `scratch`; what it prints
// goes where ours goes. kTask where it does not end with 0.
Status RunScript(const std::string& dir, const ScriptSpec& spec, const nlohmann::ordered_json& job,
                 const std::string& scratch);

// "CPython 3.11.7".
Result<std::string> InterpreterVersion(const ScriptSpec& spec, const std::string& scratch);

}  // namespace opsc
