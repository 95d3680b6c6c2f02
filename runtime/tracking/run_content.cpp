#include "runtime/tracking/run_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "runtime/base/digest.h"
#include "runtime/ml/card_json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

std::string TextOf(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

void Add(std::vector<MlflowMetric>& metrics, std::string key, double value, int64_t step = 0) {
  if (std::isfinite(value)) metrics.push_back({std::move(key), value, step});
}

void AddMeasured(std::vector<MlflowMetric>& metrics, const std::string& prefix,
                 const std::vector<Measured>& measured) {
  for (const Measured& m : measured) {
    Add(metrics, prefix + m.name, m.value);
    Add(metrics, prefix + m.name + "_low", m.low);
    Add(metrics, prefix + m.name + "_high", m.high);
  }
}

std::string ColumnKey(const Encoding& encoding, size_t at) {
  const EncodedColumn& column = encoding.columns[at];
  const std::string key =
      "importance/" + MetricNamePart(encoding.features->fields[column.field].name);
  return column.equals ? key + "/" + MetricNamePart(*column.equals) : key;
}

// Between single quotes, as YAML has it.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string MetricNamePart(std::string_view text) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-. :").contains(c);
  };
  constexpr size_t kLongest = 100, kMark = 6;
  std::string part(text.substr(0, kLongest));
  std::ranges::replace_if(part, [&](char c) { return !is_plain(c); }, '_');
  if (part.find_first_not_of('.') == std::string::npos) part = "_";
  return part == text ? part : part + "_" + Sha256(text).Hex().substr(0, kMark);
}

std::vector<std::pair<std::string, std::string>> ParamsOf(const ModelCard& card) {
  const Json json = ToJson(card);
  std::vector<std::pair<std::string, std::string>> params;
  for (const auto& [name, value] : json.at("params").items()) {
    params.emplace_back(name, TextOf(value));
  }
  for (const auto& [name, value] : json.at("split").items()) {
    params.emplace_back("split." + name, TextOf(value));
  }
  for (const char* name : {"trainer", "objective", "label", "train_rows", "test_rows",
                           "unlabelled_rows", "positives"}) {
    params.emplace_back(name, TextOf(json.at(name)));
  }
  if (!card.data_digest.empty()) params.emplace_back("data.digest", card.data_digest);
  params.emplace_back("features.digest", Sha256(card.kernel).Hex());
  if (!card.script) return params;
  for (const char* name : {"script", "script_digest", "lock", "lock_digest"}) {
    params.emplace_back(fmt::format("script.{}", name), TextOf(json.at("script").at(name)));
  }
  return params;
}

std::vector<MlflowMetric> MetricsOf(const ModelCard& card) {
  std::vector<MlflowMetric> metrics;
  AddMeasured(metrics, "", card.metrics);
  for (const ModelSlice& slice : card.slices) {
    const std::string prefix =
        fmt::format("slice/{}/{}/", MetricNamePart(slice.field), MetricNamePart(slice.value));
    Add(metrics, prefix + "rows", static_cast<double>(slice.rows));
    AddMeasured(metrics, prefix, slice.metrics);
  }
  for (size_t at = 0; at < card.importance.size(); ++at) {
    Add(metrics, ColumnKey(card.encoding, at), card.importance[at]);
  }
  if (card.script) {
    for (const auto& [name, value] : card.script->reported) {
      Add(metrics, "reported/" + MetricNamePart(name), value);
    }
  }
  for (size_t round = 0; round < card.losses.size(); ++round) {
    Add(metrics, "training_loss", card.losses[round], static_cast<int64_t>(round) + 1);
  }
  return metrics;
}

std::string MlmodelText(const ModelCard& card, const std::string& run_id,
                        const std::string& created) {
  Json inputs = Json::array();
  for (size_t at = 0; at < card.encoding.columns.size(); ++at) {
    inputs.push_back({{"type", "float"}, {"name", card.encoding.NameOf(at)}, {"required", false}});
  }
  const std::string_view version =
      std::string_view(card.trainer).substr(std::min(card.trainer.size(), sizeof("xgboost")));
  return fmt::format(
      "artifact_path: model\n"
      "flavors:\n"
      "  python_function:\n"
      "    data: trees.json\n"
      "    loader_module: mlflow.xgboost\n"
      "  xgboost:\n"
      "    data: trees.json\n"
      "    model_class: xgboost.core.Booster\n"
      "    model_format: json\n"
      "    xgb_version: {}\n"
      "run_id: {}\n"
      "signature:\n"
      "  inputs: {}\n"
      "  outputs: {}\n"
      "utc_time_created: {}\n",
      Quoted(version), Quoted(run_id), Quoted(inputs.dump()),
      Quoted(Json::array({{{"type", "float"}, {"required", true}}}).dump()), Quoted(created));
}

}  // namespace opsc
