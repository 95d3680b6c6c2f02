// A trained model as a directory, `opsc.model/1` (docs/formats/model.md):
//
//   model.json   the card
//   trees.json   XGBoost's own JSON
//   test.bin     "OPSCTST1", rows:u64, columns:u64, float32 features row by row, then float64 truth
//                and float64 score of each row (little-endian)
#pragma once

#include <memory>
#include <string>

#include "runtime/base/env.h"
#include "runtime/ml/train.h"

namespace opsc {

// Into an existing empty directory.
Status WriteModel(const std::string& dir, const TrainedModel& model, Env& env);

// kCorrupt where it is no model of this version.
Result<ModelCard> ReadCard(const std::string& dir, Env& env);
Result<TreeEnsemble> ReadTrees(const std::string& dir, const ModelCard& card, Env& env);
Result<TestRowsKept> ReadTestRows(const std::string& dir, const ModelCard& card, Env& env);

std::string CardText(const ModelCard& card);
Result<ModelCard> CardFromText(std::string_view text);

}  // namespace opsc
