// Models of `python(…)`: how a script is run to train one and to ask one.
//
// Beside `model.json` and `test.bin` such a model holds all that it takes to ask it:
//
//   code/PATH       the script and what it imports of the project, at their paths there
//   environment/    the packages that its lock names
//   fitted/         what the script has written
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/ml/train.h"

namespace opsc {

// Where the parts of a model to be trained are, relative to the working directory.
struct ScriptParts {
  std::string environment;        // directory of the installed packages
  std::vector<std::string> code;  // files: the script itself and its sources
  std::string model;              // the directory to fill
};
// Copies the parts and trains. kTask where the script fails. `env` outlives the result.
ScriptTrainer MakeScriptTrainer(ScriptSpec spec, ScriptParts parts, Env& env);

// What the model in `dir` predicts for features, in their order: rows of one float. kInput where
// the script gives fewer or more than there are rows, or what is no number.
Result<std::vector<double>> PredictByScript(const std::string& dir, const ScriptSpec& spec,
                                            BatchSource& features, Env& env);

}  // namespace opsc
