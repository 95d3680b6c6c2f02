// A table of features and labels → a trained and measured model.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/ml/matrix.h"
#include "runtime/ml/metrics.h"
#include "runtime/ml/script.h"
#include "runtime/ml/split.h"
#include "runtime/ml/trees.h"
#include "runtime/ml/xgboost.h"

namespace opsc {

// How a model is trained. With the rows it decides the model.
struct TrainSpec {
  std::string name;
  SplitSpec split;
  XgboostParams params;
  std::optional<ScriptSpec> script;  // who trains, if not XGBoost
  uint32_t bootstrap_rounds = 200;
  std::vector<std::string> slices;  // fields: measured for each of their values as well
  // For intervals, rows of one value of this field are drawn together; empty: each for itself.
  std::string cluster;
  std::string kernel;  // rows → features, serialised; kept with the model
};

// How well the model does on some of the test rows.
struct ModelSlice {
  std::string field;
  std::string value;
  uint64_t rows = 0;
  std::vector<Measured> metrics;
  bool operator==(const ModelSlice&) const = default;
};

// What is known of a trained model beside its trees, or what a script has written in their place.
struct ModelCard {
  std::string name;
  Objective objective = Objective::kBinary;
  std::string label;
  Encoding encoding;   // with the schema of the features
  std::string kernel;  // rows → features, serialised; empty: rows are features
  XgboostParams params;
  std::string trainer;                 // "xgboost 1.7.4", "Python 3.11.7"
  std::optional<ScriptRecord> script;  // then there are neither trees nor an encoding
  std::string data_digest;             // of the table, SHA-256 in hex; empty: not known
  SplitSpec split;
  uint64_t train_rows = 0;
  uint64_t test_rows = 0;
  uint64_t superseded_rows = 0;  // left out: a later row corrects them
  uint64_t unlabelled_rows = 0;  // left out
  uint64_t late_rows = 0;        // left out: the label was known only after the first test row
  uint64_t positives = 0;        // binary: among the test rows
  // Event times, where rows have them: of the last training row, of the first test row.
  std::optional<int64_t> learnt_until, tested_since;
  std::vector<Measured> metrics;  // on the test rows
  std::vector<ModelSlice> slices;
  std::vector<double> losses;      // on the training rows, one a round
  std::vector<double> importance;  // of each encoded column, adding up to 1
};

// The rows on which it was tested, kept so that another model can be held against the same ones.
struct TestRowsKept {
  Matrix features;
  std::vector<double> truth;
  std::vector<double> score;
};

struct TrainedModel {
  ModelCard card;
  std::string trees;  // XGBoost's JSON; empty: by a script
  TestRowsKept test;
};

// `table`: all batches of one schema, in which one field is the @label; keys and times identify
// rows and all other fields are features. Rows that a later one corrects (NewestRows), and those
// without a label, are left out before rows are divided. A bool label makes a binary model, a
// number a regression. kInput where the table cannot be trained on, with the
// reason.
Result<TrainedModel> Train(const std::vector<Batch>& table, const TrainSpec& spec,
                           const std::function<void(const TrainingRound&)>& on_round,
                           std::stop_token stop);

// The same by a script, which sees no label of a test row. kInput too where it gives no
// predictions of the right number and kind.
Result<TrainedModel> TrainByScript(const std::vector<Batch>& table, const TrainSpec& spec,
                                   const ScriptTrainer& script);

// The schema of the features of a table: its fields without roles.
RowSchema FeaturesOf(const RowSchema& table);

}  // namespace opsc
