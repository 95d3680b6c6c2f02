#include "runtime/ml/trees.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "runtime/base/check.h"

namespace opsc {
namespace {

constexpr uint32_t kLeast = 0, kGreatest = ~uint32_t{0};

size_t SlotsOf(const TreeEnsemble& trees) {
  return size_t{2} * trees.features + 1;
}

void FillSlots(std::span<const float> row, uint32_t* slots) {
  for (const float x : row) {
    const bool missing = std::isnan(x);
    *slots++ = missing ? kLeast : KeyOf(x);
    *slots++ = missing ? kGreatest : KeyOf(x);
  }
  *slots = kGreatest;
}

// The sum with that of `tree` and those behind it, in their order. They are walked at once, written
// out for each, so that their loads overlap and their places stay in registers.
template <size_t... kLane>
float AddTrees(const TreeEnsemble& trees, const uint32_t* slots, size_t tree, float sum,
               std::index_sequence<kLane...>) {
  const TreeNode* nodes = trees.nodes.data();
  const auto next = [&](const TreeNode& node) {
    return node.right - static_cast<uint32_t>(slots[node.slot] < node.split);
  };
  uint32_t at[] = {trees.roots[tree + kLane]...};
  const uint32_t depth = std::max({trees.depths[tree + kLane]...});
  for (uint32_t step = 0; step < depth; ++step) ((at[kLane] = next(nodes[at[kLane]])), ...);
  ((sum += std::bit_cast<float>(nodes[at[kLane]].split)), ...);
  return sum;
}

// From `tree` on as long as there are so many; `tree` then is the first of the rest.
template <size_t kTrees>
float AddAll(const TreeEnsemble& trees, const uint32_t* slots, size_t& tree, float sum) {
  for (; tree + kTrees <= trees.roots.size(); tree += kTrees) {
    sum = AddTrees(trees, slots, tree, sum, std::make_index_sequence<kTrees>());
  }
  return sum;
}

float PredictSlots(const TreeEnsemble& trees, const uint32_t* slots) {
  size_t tree = 0;
  float margin = AddAll<10>(trees, slots, tree, trees.base_margin);
  margin = AddAll<4>(trees, slots, tree, margin);
  margin = AddAll<1>(trees, slots, tree, margin);
  if (trees.objective == Objective::kRegression) return margin;
  return 1.0F / (1.0F + std::exp(-margin));
}

}  // namespace

float Predict(const TreeEnsemble& trees, std::span<const float> row) {
  float out = 0;
  Predict(trees, row, std::span(&out, 1));
  return out;
}

void Predict(const TreeEnsemble& trees, std::span<const float> rows, std::span<float> out) {
  OPS_CHECK(rows.size() == out.size() * trees.features, "rows have the model's features");
  std::array<uint32_t, 129> few;  // of 64 features: no allocation for a row
  std::vector<uint32_t> many;
  if (SlotsOf(trees) > few.size()) many.resize(SlotsOf(trees));
  uint32_t* slots = many.empty() ? few.data() : many.data();
  for (size_t row = 0; row < out.size(); ++row) {
    FillSlots(rows.subspan(row * trees.features, trees.features), slots);
    out[row] = PredictSlots(trees, slots);
  }
}

}  // namespace opsc
