// Ensembles of decision trees: read from XGBoost's JSON, evaluated here.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ml/metrics.h"

namespace opsc {

// A number as an integer, so that integers compare as the numbers do: 0 and -0 alike. Neither 0 nor
// the greatest integer is the key of a number. REQUIRES: it is one, not NaN.
inline uint32_t KeyOf(float number) {
  const auto bits = std::bit_cast<uint32_t>(number + 0.0F);
  return (bits >> 31) != 0 ? ~bits : bits | 1U << 31;
}

// What nodes compare: a row's features by their keys, each twice, with what is missing below all
// numbers (slot 2 f) and above them (2 f + 1); then one that is above all that a node has, which
// keeps a leaf where it is. So a step is a comparison of integers, without a branch, and trees of
// any depth can be walked by the same number of steps.
struct TreeNode {
  uint32_t split = 0;  // branch: the key of its number; leaf: the bits of its value
  uint32_t slot = 0;
  uint32_t right = 0;  // where the slot is not below the split, else the node before it
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
