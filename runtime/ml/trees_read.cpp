// XGBoost's JSON model (xgboost/doc/model.schema) → TreeEnsemble.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/ml/trees.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> NoModel(std::string_view what) {
  return Fail(ErrorKind::kCorrupt,
              fmt::format("this is no XGBoost model that opsc reads: {}", what));
}

// "5E-1" or "[5E-1]".
Result<double> BaseScore(const Json& text) {
  if (text.is_number()) return text.get<double>();
  if (!text.is_string()) return NoModel("base_score is missing");
  std::string digits = text.get<std::string>();
  std::erase_if(digits, [](char c) { return c == '[' || c == ']'; });
  char* end = nullptr;
  const double score = std::strtod(digits.c_str(), &end);
  if (digits.empty() || *end != '\0') return NoModel("base_score is no number");
  return score;
}

// The arrays of one tree.
struct TreeArrays {
  std::vector<int32_t> left, right;
  std::vector<uint32_t> feature;
  std::vector<float> split;
  std::vector<double> gain;
  std::vector<bool> missing_left;
};

Result<TreeArrays> ReadArrays(const Json& tree) {
  TreeArrays a;
  a.left = tree.at("left_children").get<std::vector<int32_t>>();
  a.right = tree.at("right_children").get<std::vector<int32_t>>();
  a.feature = tree.at("split_indices").get<std::vector<uint32_t>>();
  a.split = tree.at("split_conditions").get<std::vector<float>>();
  a.gain = tree.at("loss_changes").get<std::vector<double>>();
  for (const Json& flag : tree.at("default_left")) {
    a.missing_left.push_back(flag.is_boolean() ? flag.get<bool>() : flag.get<int>() != 0);
  }
  const size_t n = a.left.size();
  if (n == 0 || a.right.size() != n || a.feature.size() != n || a.split.size() != n ||
      a.gain.size() != n || a.missing_left.size() != n) {
    return NoModel("the arrays of a tree differ in length");
  }
  if (tree.contains("categories") && !tree["categories"].empty()) {
    return NoModel("it splits by categories");
  }
  return a;
}

// Lays one tree out so that right follows left.
class TreeLayout {
 public:
  TreeLayout(const TreeArrays& arrays, TreeEnsemble& out) : a_(arrays), out_(out) {}

  Status Add() {
    out_.roots.push_back(static_cast<uint32_t>(out_.nodes.size()));
    out_.depths.push_back(0);
    out_.nodes.emplace_back();
    struct Todo {
      int32_t source;
      uint32_t place, depth;
    };
    // Level by level: what most rows pass lies together.
    std::vector<Todo> todo{{0, out_.roots.back(), 0}};
    size_t placed = 1;
    for (size_t at = 0; at < todo.size(); ++at) {
      const Todo next = todo[at];
      const auto source = static_cast<size_t>(next.source);
      if (next.source < 0 || source >= a_.left.size()) return NoModel("a child is no node");
      if (a_.left[source] == -1) {
        OPS_TRY(PutLeaf(source, next.place, next.depth));
        continue;
      }
      if ((placed += 2) > a_.left.size()) return NoModel("a tree has a cycle");
      OPS_TRY(PutBranch(source, next.place));
      const uint32_t right = out_.nodes[next.place].right;
      todo.push_back({a_.left[source], right - 1, next.depth + 1});
      todo.push_back({a_.right[source], right, next.depth + 1});
    }
    return {};
  }

 private:
  Status PutLeaf(size_t source, uint32_t place, uint32_t depth) {
    if (!std::isfinite(a_.split[source])) return NoModel("a leaf is no number");
    out_.nodes[place] = {std::bit_cast<uint32_t>(a_.split[source]), 2 * out_.features, place};
    out_.depths.back() = std::max(out_.depths.back(), depth);
    return {};
  }
  Status PutBranch(size_t source, uint32_t place) {
    const uint32_t feature = a_.feature[source];
    if (feature >= out_.features) return NoModel("a split is by a feature that is not there");
    if (std::isnan(a_.split[source])) return NoModel("a split is no number");
    out_.nodes.resize(out_.nodes.size() + 2);
    out_.nodes[place] = {KeyOf(a_.split[source]), 2 * feature + (a_.missing_left[source] ? 0U : 1U),
                         static_cast<uint32_t>(out_.nodes.size() - 1)};
    out_.gains[feature] += a_.gain[source];
    return {};
  }

  const TreeArrays& a_;
  TreeEnsemble& out_;
};

Result<TreeEnsemble> Read(const Json& json) {
  const Json& learner = json.at("learner");
  const Json& param = learner.at("learner_model_param");
  const std::string objective = learner.at("objective").at("name").get<std::string>();
  TreeEnsemble trees;
  if (objective == "reg:squarederror") {
    trees.objective = Objective::kRegression;
  } else if (objective != "binary:logistic") {
    return NoModel(fmt::format("its objective is {}", objective));
  }
  OPS_ASSIGN(const double base, BaseScore(param.at("base_score")));
  trees.base_margin =
      static_cast<float>(trees.objective == Objective::kBinary ? -std::log(1 / base - 1) : base);
  const int features = std::atoi(param.at("num_feature").get<std::string>().c_str());
  if (features <= 0 || features > 1'000'000) return NoModel("it has no features");
  trees.features = static_cast<uint32_t>(features);
  trees.gains.resize(trees.features);
  for (const Json& tree : learner.at("gradient_booster").at("model").at("trees")) {
    OPS_ASSIGN(const TreeArrays arrays, ReadArrays(tree));
    OPS_TRY(TreeLayout(arrays, trees).Add());
  }
  return trees;
}

}  // namespace

Result<TreeEnsemble> ParseXgboost(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return NoModel("it is not JSON");
  try {
    return Read(json);
  } catch (const Json::exception& e) {
    return NoModel(e.what());
  }
}

}  // namespace opsc
