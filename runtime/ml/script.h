// Models that a script of somebody else's trains and asks, in place of XGBoost.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/column/batch.h"
#include "runtime/ml/metrics.h"

namespace opsc {

// Which script, and in which environment: `python(…)` in `.ops`.
struct ScriptSpec {
  std::string script;       // its path in the project
  std::string lock;         // path of the list of packages with their hashes
  std::string interpreter;  // a program: "python3"
  std::string params;       // a JSON object, as the program gives it
  int64_t seed = 0;
  bool operator==(const ScriptSpec&) const = default;
};

// What is known of a model that a script has trained.
struct ScriptRecord {
  ScriptSpec spec;
  std::string script_digest;  // SHA-256, hex
  std::string lock_digest;
  std::vector<std::pair<std::string, double>> reported;  // numbers that the script gave itself
};

// What a script gets: features and label to learn from, features alone to predict.
struct ScriptRows {
  Objective objective = Objective::kBinary;
  std::string label;
  std::vector<Batch> train;
  std::vector<Batch> test;
};
struct ScriptAnswer {
  std::string trainer;  // "Python 3.11.7"
  ScriptRecord record;
  std::vector<double> scores;  // one a test row, in order
};
using ScriptTrainer = std::function<Result<ScriptAnswer>(const ScriptRows&)>;

}  // namespace opsc
