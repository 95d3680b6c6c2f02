// A trained model as a directory, `opsc.model/1` (docs/formats/model.md):
//
//   model.json   the card
//   trees.json   XGBoost's own JSON; of a script there are its own files in place of it
//   test.bin     "OPSCTST1", rows:u64, columns:u64, float32 features row by row, then float64 truth
//                and float64 score of each row (little-endian)
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/env.h"
#include "runtime/ml/train.h"

namespace opsc {

// Into an existing directory.
Status WriteModel(const std::string& dir, const TrainedModel& model, Env& env);

// Where the files of a model are read from, by their names.
using ModelFiles = std::function<Result<std::string>(std::string_view name)>;
// `env` outlives the result.
ModelFiles FilesIn(std::string dir, Env& env);

// kCorrupt where it is no model of this version.
Result<ModelCard> ReadCard(const ModelFiles& files);
// kInput where a script has trained it.
Result<TreeEnsemble> ReadTrees(const ModelFiles& files, const ModelCard& card);
Result<TestRowsKept> ReadTestRows(const ModelFiles& files, const ModelCard& card);

std::string CardText(const ModelCard& card);
Result<ModelCard> CardFromText(std::string_view text);

}  // namespace opsc
