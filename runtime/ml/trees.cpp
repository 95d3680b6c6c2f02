#include "runtime/ml/trees.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr uint32_t kMissingLeft = 1U << 31;
constexpr size_t kLanes = 8;  // trees walked at once: their loads overlap

uint32_t Step(const TreeNode& node, const float* row) {
  const float x = row[node.feature & ~kMissingLeft];
  const bool missing = std::isnan(x);
  const bool right = missing ? (node.feature & kMissingLeft) == 0 : !(x < node.split);
  return node.left + (static_cast<uint32_t>(right) & node.is_branch);
}

// The sum of trees [first, first + count) for one row, in the order of the trees.
float SumOf(const TreeEnsemble& trees, const float* row, size_t first, size_t count, float sum) {
  std::array<uint32_t, kLanes> at{};
  uint32_t depth = 0;
  for (size_t lane = 0; lane < count; ++lane) {
    at[lane] = trees.roots[first + lane];
    depth = std::max(depth, trees.depths[first + lane]);
  }
  const TreeNode* nodes = trees.nodes.data();
  for (uint32_t step = 0; step < depth; ++step) {
    for (size_t lane = 0; lane < count; ++lane) at[lane] = Step(nodes[at[lane]], row);
  }
  for (size_t lane = 0; lane < count; ++lane) sum += nodes[at[lane]].split;
  return sum;
}

float Margin(const TreeEnsemble& trees, const float* row) {
  float sum = trees.base_margin;
  const size_t whole = trees.roots.size() / kLanes * kLanes;
  for (size_t tree = 0; tree < whole; tree += kLanes) sum = SumOf(trees, row, tree, kLanes, sum);
  return SumOf(trees, row, whole, trees.roots.size() - whole, sum);
}

}  // namespace

float Predict(const TreeEnsemble& trees, std::span<const float> row) {
  OPS_CHECK(row.size() == trees.features, "a row has the model's features");
  const float margin = Margin(trees, row.data());
  if (trees.objective == Objective::kRegression) return margin;
  return 1.0F / (1.0F + std::exp(-margin));
}

void Predict(const TreeEnsemble& trees, std::span<const float> rows, std::span<float> out) {
  OPS_CHECK(rows.size() == out.size() * trees.features, "whole rows");
  for (size_t row = 0; row < out.size(); ++row) {
    out[row] = Predict(trees, rows.subspan(row * trees.features, trees.features));
  }
}

}  // namespace opsc
