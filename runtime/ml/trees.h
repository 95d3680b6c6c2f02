// Ensembles of decision trees: read from XGBoost's JSON, evaluated here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ml/metrics.h"

namespace opsc {

// A node: right of a branch is next to left, so one index leads to both. A leaf leads to itself,
// so that trees of any depth can be walked by the same number of steps.
struct TreeNode {
  float split = 0;       // branch: left iff x < split; leaf: its value
  uint32_t feature = 0;  // column of the row; the highest bit: missing goes left
  uint32_t left = 0;
  uint32_t is_branch = 0;
};

// A sum of trees, and what is made of the sum.
struct TreeEnsemble {
  Objective objective = Objective::kBinary;
  uint32_t features = 0;
  float base_margin = 0;  // what the sum starts from
  std::vector<TreeNode> nodes;
  std::vector<uint32_t> roots;   // one a tree
  std::vector<uint32_t> depths;  // steps from the root to the deepest leaf, one a tree
  std::vector<double> gains;     // of each feature: total loss reduction of its splits
};

// XGBoost's JSON model (versions 1.6 to 3: `base_score` as number or bracketed string, in the space
// of predictions); `binary:logistic` and `reg:squarederror`, one output, numeric splits. kCorrupt
// where it is not that.
Result<TreeEnsemble> ParseXgboost(std::string_view json);

// The prediction for one row: a probability or a number. Equal to XGBoost's own within 1e-6.
// REQUIRES: row.size() == features.
float Predict(const TreeEnsemble& trees, std::span<const float> row);
// For rows one after another.
void Predict(const TreeEnsemble& trees, std::span<const float> rows, std::span<float> out);

}  // namespace opsc
