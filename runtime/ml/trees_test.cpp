#include "runtime/ml/trees.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/ml/random.h"
#include "runtime/ml/xgboost.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kOdd[] = {0.0F, -0.0F,  1e-45F,   -1e-45F,   std::numeric_limits<float>::min(),
                          1.0F, -1.0F,  3.4e38F,  -3.4e38F,  std::numeric_limits<float>::max(),
                          0.1F, 1e-30F, 16777216, -16777216, std::numeric_limits<float>::lowest()};
constexpr size_t kFeatures = 5;

float SomeNumber(Random& random) {
  if (random.Below(3) == 0) return kOdd[random.Below(std::size(kOdd))];
  return static_cast<float>(random.Below(2000)) / 100 - 10;
}

// A tree as XGBoost writes it, of random shape.
struct Tree {
  std::vector<int> left, right, missing_left;
  std::vector<uint32_t> feature;
  std::vector<float> split;

  size_t Add() {
    left.push_back(-1);
    right.push_back(-1);
    missing_left.push_back(0);
    feature.push_back(0);
    split.push_back(0);
    return left.size() - 1;
  }
  void Grow(size_t node, size_t depth, Random& random) {
    split[node] = SomeNumber(random);
    if (depth == 0 || random.Below(6) == 0) {
      if (!std::isfinite(split[node])) split[node] = 1;
      split[node] /= 1e38F;  // leaves that do not overflow
      return;
    }
    feature[node] = static_cast<uint32_t>(random.Below(kFeatures));
    missing_left[node] = static_cast<int>(random.Below(2));
    // Not next to each other, and not in order.
    const bool right_first = random.Below(2) == 0;
    for (int side = 0; side < 2; ++side) {
      const bool to_right = (side == 0) == right_first;
      const size_t child = Add();
      (to_right ? right : left)[node] = static_cast<int>(child);
      Grow(child, depth - 1, random);
    }
  }
  Json ToJson() const {
    return {{"left_children", left},
            {"right_children", right},
            {"split_indices", feature},
            {"split_conditions", split},
            {"loss_changes", std::vector<double>(left.size(), 1.0)},
            {"default_left", missing_left},
            {"categories", Json::array()}};
  }
  // As XGBoost's documentation says it.
  float LeafOf(const float* row) const {
    size_t at = 0;
    while (left[at] != -1) {
      const float x = row[feature[at]];
      const bool to_left = std::isnan(x) ? missing_left[at] != 0 : x < split[at];
      at = static_cast<size_t>(to_left ? left[at] : right[at]);
    }
    return split[at];
  }
};

Json ModelOf(const std::vector<Tree>& trees, const char* objective) {
  Json list = Json::array();
  for (const Tree& tree : trees) list.push_back(tree.ToJson());
  Json model;
  model["learner"]["objective"]["name"] = objective;
  model["learner"]["learner_model_param"] = {{"base_score", "2.5E-1"},
                                             {"num_feature", std::to_string(kFeatures)}};
  model["learner"]["gradient_booster"]["model"]["trees"] = std::move(list);
  return model;
}

// Numbers, what is missing, infinities, and the splits themselves with their neighbours.
std::vector<float> SomeRows(size_t rows, const std::vector<Tree>& trees, Random& random) {
  std::vector<float> values;
  for (size_t at = 0; at < rows * kFeatures; ++at) {
    const Tree& tree = trees[random.Below(trees.size())];
    const float split = tree.split[random.Below(tree.split.size())];
    const float choices[] = {NAN,
                             kInfinity,
                             -kInfinity,
                             split,
                             std::nextafter(split, kInfinity),
                             -split,
                             std::nextafter(split, -kInfinity),
                             SomeNumber(random)};
    values.push_back(choices[random.Below(std::size(choices))]);
  }
  return values;
}

TEST(Trees, WalkAsTheirDefinitionSays) {
  Random random(11);
  for (const size_t count : {1, 2, 9, 10, 11, 20, 37}) {
    for (const size_t depth : {0, 1, 3, 6, 11}) {
      std::vector<Tree> trees(count);
      for (Tree& tree : trees) tree.Grow(tree.Add(), depth, random);
      const auto model = ParseXgboost(ModelOf(trees, "reg:squarederror").dump());
      ASSERT_TRUE(model.has_value()) << model.error().message;
      const std::vector<float> rows = SomeRows(200, trees, random);
      std::vector<float> ours(200);
      Predict(*model, rows, ours);
      for (size_t row = 0; row < ours.size(); ++row) {
        float sum = 0.25F;
        for (const Tree& tree : trees) sum += tree.LeafOf(rows.data() + row * kFeatures);
        ASSERT_EQ(std::bit_cast<uint32_t>(ours[row]), std::bit_cast<uint32_t>(sum)) << row;
        ASSERT_EQ(ours[row], Predict(*model, std::span(rows).subspan(row * kFeatures, kFeatures)));
      }
    }
  }
}

TEST(Trees, KeysAreOrderedAsNumbers) {
  std::vector<float> numbers(std::begin(kOdd), std::end(kOdd));
  numbers.insert(numbers.end(), {kInfinity, -kInfinity});
  for (const float a : numbers) {
    EXPECT_NE(KeyOf(a), 0U);
    EXPECT_NE(KeyOf(a), ~0U);
    for (const float b : numbers) EXPECT_EQ(KeyOf(a) < KeyOf(b), a < b) << a << " " << b;
  }
}

TEST(Trees, NoTreesGiveTheBase) {
  const auto model = ParseXgboost(ModelOf({}, "binary:logistic").dump());
  ASSERT_TRUE(model.has_value()) << model.error().message;
  EXPECT_NEAR(Predict(*model, std::vector<float>(kFeatures)), 0.25, 1e-6);
}

// What XGBoost itself makes of what it has learnt, also on the numbers that it splits at.
TEST(Trees, PredictAsXgboostItself) {
  Random random(5);
  for (int round = 0; round < 12; ++round) {
    Matrix features{400, kFeatures, {}};
    std::vector<float> labels;
    const bool binary = round % 2 == 0;
    for (size_t at = 0; at < 400 * kFeatures; ++at) {
      features.values.push_back(random.Below(8) == 0 ? NAN : SomeNumber(random) / 1e3F);
    }
    for (size_t row = 0; row < 400; ++row) {
      const float x = features.values[row * kFeatures];
      const bool high = std::isnan(x) || x > 0 || random.Below(5) == 0;
      labels.push_back(binary ? static_cast<float>(high) : static_cast<float>(random.Below(100)));
    }
    XgboostParams params;
    params.rounds = 1 + static_cast<int64_t>(random.Below(40));
    params.depth = 1 + static_cast<int64_t>(random.Below(9));
    params.seed = round;
    const auto json = TrainXgboost(
        {binary ? Objective::kBinary : Objective::kRegression, &features, labels, params, {}, {}});
    ASSERT_TRUE(json.has_value()) << json.error().message;
    const auto model = ParseXgboost(*json);
    ASSERT_TRUE(model.has_value()) << model.error().message;
    Matrix rows = features;
    const Json trees = Json::parse(*json)["learner"]["gradient_booster"]["model"]["trees"];
    for (size_t at = 0; at < 400 * kFeatures; ++at) {
      const Json& splits = trees[random.Below(trees.size())]["split_conditions"];
      const auto split = splits[random.Below(splits.size())].get<float>();
      rows.values.push_back(random.Below(4) == 0 ? NAN : split);
    }
    rows.rows = 800;
    const auto theirs = PredictByXgboost(*json, rows);
    ASSERT_TRUE(theirs.has_value()) << theirs.error().message;
    std::vector<float> ours(rows.rows);
    Predict(*model, rows.values, ours);
    for (size_t row = 0; row < rows.rows; ++row) {
      const double scale = std::max(1.0, std::abs(static_cast<double>((*theirs)[row])));
      ASSERT_NEAR(ours[row], (*theirs)[row], 1e-6 * scale) << round << " " << row;
    }
  }
}

TEST(Trees, ASplitThatIsNoNumberIsRefused) {
  Random random(1);
  std::vector<Tree> trees(1);
  trees[0].Grow(trees[0].Add(), 2, random);
  Json model = ModelOf(trees, "reg:squarederror");
  Json& tree = model["learner"]["gradient_booster"]["model"]["trees"][0];
  tree["split_conditions"][0] = nullptr;
  EXPECT_EQ(ParseXgboost(model.dump()).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace opsc
