#include "runtime/ml/card_json.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "opsc.model/1";

// A number; null where there is none.
double NumberOf(const Json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

// XGBoost's parameters by their names, one row each.
constexpr std::array<std::pair<std::string_view, int64_t XgboostParams::*>, 4> kIntParams = {{
    {"rounds", &XgboostParams::rounds},
    {"depth", &XgboostParams::depth},
    {"seed", &XgboostParams::seed},
    {"threads", &XgboostParams::threads},
}};
constexpr std::array<std::pair<std::string_view, double XgboostParams::*>, 8> kFloatParams = {{
    {"learning_rate", &XgboostParams::learning_rate},
    {"min_child_weight", &XgboostParams::min_child_weight},
    {"subsample", &XgboostParams::subsample},
    {"columns", &XgboostParams::columns},
    {"l2", &XgboostParams::l2},
    {"l1", &XgboostParams::l1},
    {"min_gain", &XgboostParams::min_gain},
    {"positive_weight", &XgboostParams::positive_weight},
}};

Json ParamsJson(const XgboostParams& params) {
  Json json;
  for (const auto& [name, field] : kIntParams) json[name] = params.*field;
  for (const auto& [name, field] : kFloatParams) json[name] = params.*field;
  return json;
}
XgboostParams ParamsFrom(const Json& json) {
  XgboostParams params;
  for (const auto& [name, field] : kIntParams) params.*field = json.value(name, params.*field);
  for (const auto& [name, field] : kFloatParams) params.*field = json.value(name, params.*field);
  return params;
}

// Of a script, the params are those that the program gives it.
Json ParamsJson(const ScriptSpec& script) {
  Json json = Json::parse(script.params);
  json["seed"] = script.seed;
  return json;
}

Json ScriptJson(const ScriptSpec& script) {
  return {{"script", script.script},
          {"lock", script.lock},
          {"interpreter", script.interpreter},
          {"params", Json::parse(script.params)},
          {"seed", script.seed}};
}
ScriptSpec ScriptFrom(const Json& json) {
  return {json.at("script").get<std::string>(), json.at("lock").get<std::string>(),
          json.at("interpreter").get<std::string>(), json.at("params").dump(),
          json.at("seed").get<int64_t>()};
}

Json RecordJson(const ScriptRecord& record) {
  Json json = ScriptJson(record.spec);
  json["script_digest"] = record.script_digest;
  json["lock_digest"] = record.lock_digest;
  json["reported"] = Json::object();
  for (const auto& [name, value] : record.reported) json["reported"][name] = value;
  return json;
}
ScriptRecord RecordFrom(const Json& json) {
  ScriptRecord record{ScriptFrom(json),
                      json.at("script_digest").get<std::string>(),
                      json.at("lock_digest").get<std::string>(),
                      {}};
  for (const auto& [name, value] : json.at("reported").items()) {
    record.reported.emplace_back(name, NumberOf(value));
  }
  return record;
}

constexpr std::array<std::pair<std::string_view, SplitSpec::Kind>, 3> kSplits = {{
    {"random", SplitSpec::Kind::kRandom},
    {"time", SplitSpec::Kind::kTime},
    {"group", SplitSpec::Kind::kGroup},
}};

Json SplitJson(const SplitSpec& split) {
  Json json;
  for (const auto& [name, kind] : kSplits) {
    if (kind == split.kind) json["by"] = name;
  }
  json["test"] = split.test;
  json["seed"] = split.seed;
  if (!split.group.empty()) json["group"] = split.group;
  if (split.embargo != 0) json["embargo_ns"] = split.embargo;
  if (!split.known.empty()) json["known"] = split.known;
  return json;
}
SplitSpec SplitFrom(const Json& json) {
  SplitSpec split;
  for (const auto& [name, kind] : kSplits) {
    if (json.at("by") == name) split.kind = kind;
  }
  split.test = json.at("test").get<double>();
  split.seed = json.at("seed").get<uint64_t>();
  split.group = json.value("group", "");
  split.embargo = json.value("embargo_ns", int64_t{0});
  split.known = json.value("known", "");
  return split;
}

Json SliceJson(const ModelSlice& slice) {
  return {{"field", slice.field},
          {"value", slice.value},
          {"rows", slice.rows},
          {"metrics", ToJson(slice.metrics)}};
}
ModelSlice SliceFrom(const Json& json) {
  return {json.at("field").get<std::string>(), json.at("value").get<std::string>(),
          json.at("rows").get<uint64_t>(), MeasuredFromJson(json.at("metrics"))};
}

Result<ModelCard> Read(const Json& json) {
  if (json.at("format") != kFormat) {
    return Fail(ErrorKind::kCorrupt, fmt::format("a model of the format {}: this opsc reads {}",
                                                 json.at("format").dump(), kFormat));
  }
  ModelCard card;
  card.name = json.at("name").get<std::string>();
  card.objective = json.at("objective") == "binary" ? Objective::kBinary : Objective::kRegression;
  card.label = json.at("label").get<std::string>();
  OPS_ASSIGN(RowSchema features, SchemaFromJson(json.at("features")));
  OPS_ASSIGN(card.encoding, EncodingFromJson(std::make_shared<RowSchema>(std::move(features)),
                                             json.at("encoding")));
  card.kernel = json.value("kernel", "");
  if (json.contains("script")) {
    card.script = RecordFrom(json.at("script"));
  } else {
    card.params = ParamsFrom(json.at("params"));
  }
  card.trainer = json.at("trainer").get<std::string>();
  card.data_digest = json.value("data_digest", "");
  card.split = SplitFrom(json.at("split"));
  card.train_rows = json.at("train_rows").get<uint64_t>();
  card.test_rows = json.at("test_rows").get<uint64_t>();
  card.unlabelled_rows = json.at("unlabelled_rows").get<uint64_t>();
  card.late_rows = json.value("late_rows", uint64_t{0});
  card.superseded_rows = json.value("superseded_rows", uint64_t{0});
  card.positives = json.at("positives").get<uint64_t>();
  if (json.contains("learnt_until_ns")) card.learnt_until = json["learnt_until_ns"].get<int64_t>();
  if (json.contains("tested_since_ns")) card.tested_since = json["tested_since_ns"].get<int64_t>();
  card.metrics = MeasuredFromJson(json.at("metrics"));
  for (const Json& slice : json.at("slices")) card.slices.push_back(SliceFrom(slice));
  for (const Json& loss : json.at("losses")) card.losses.push_back(NumberOf(loss));
  for (const Json& share : json.at("importance")) card.importance.push_back(NumberOf(share));
  if (card.importance.size() != card.encoding.columns.size()) {
    return Fail(ErrorKind::kCorrupt, "a model card has an importance for each column");
  }
  return card;
}

}  // namespace

Json ToJson(const std::vector<Measured>& metrics) {
  Json json = Json::object();
  for (const Measured& m : metrics) {
    json[m.name] = {{"value", m.value}, {"low", m.low}, {"high", m.high}};
  }
  return json;
}

std::vector<Measured> MeasuredFromJson(const Json& json) {
  std::vector<Measured> metrics;
  for (const auto& [name, m] : json.items()) {
    metrics.push_back(
        {name, NumberOf(m.at("value")), NumberOf(m.at("low")), NumberOf(m.at("high"))});
  }
  return metrics;
}

Json ToJson(const ModelCard& card) {
  Json json;
  json["format"] = kFormat;
  json["name"] = card.name;
  json["objective"] = card.objective == Objective::kBinary ? "binary" : "regression";
  json["label"] = card.label;
  json["features"] = ToJson(*card.encoding.features);
  json["encoding"] = ToJson(card.encoding);
  if (!card.kernel.empty()) json["kernel"] = card.kernel;
  json["params"] = card.script ? ParamsJson(card.script->spec) : ParamsJson(card.params);
  json["trainer"] = card.trainer;
  if (card.script) json["script"] = RecordJson(*card.script);
  if (!card.data_digest.empty()) json["data_digest"] = card.data_digest;
  json["split"] = SplitJson(card.split);
  json["train_rows"] = card.train_rows;
  json["test_rows"] = card.test_rows;
  json["unlabelled_rows"] = card.unlabelled_rows;
  if (card.late_rows > 0) json["late_rows"] = card.late_rows;
  if (card.superseded_rows > 0) json["superseded_rows"] = card.superseded_rows;
  json["positives"] = card.positives;
  if (card.learnt_until) json["learnt_until_ns"] = *card.learnt_until;
  if (card.tested_since) json["tested_since_ns"] = *card.tested_since;
  json["metrics"] = ToJson(card.metrics);
  json["slices"] = Json::array();
  for (const ModelSlice& slice : card.slices) json["slices"].push_back(SliceJson(slice));
  json["losses"] = card.losses;
  json["importance"] = card.importance;
  return json;
}

Result<ModelCard> CardFromJson(const Json& json) {
  try {
    return Read(json);
  } catch (const Json::exception& e) {
    return Fail(ErrorKind::kCorrupt, fmt::format("this is no model card: {}", e.what()));
  }
}

Json ToJson(const TrainSpec& spec) {
  Json json;
  json["name"] = spec.name;
  json["split"] = SplitJson(spec.split);
  if (spec.script) {
    json["script"] = ScriptJson(*spec.script);
  } else {
    json["params"] = ParamsJson(spec.params);
  }
  json["bootstrap_rounds"] = spec.bootstrap_rounds;
  json["slices"] = spec.slices;
  json["cluster"] = spec.cluster;
  json["kernel"] = spec.kernel;
  return json;
}

Result<TrainSpec> SpecFromJson(const Json& json) {
  try {
    TrainSpec spec;
    spec.name = json.at("name").get<std::string>();
    spec.split = SplitFrom(json.at("split"));
    if (json.contains("script")) {
      spec.script = ScriptFrom(json.at("script"));
    } else {
      spec.params = ParamsFrom(json.at("params"));
    }
    spec.bootstrap_rounds = json.value("bootstrap_rounds", spec.bootstrap_rounds);
    spec.slices = json.value("slices", spec.slices);
    spec.cluster = json.value("cluster", spec.cluster);
    spec.kernel = json.value("kernel", spec.kernel);
    return spec;
  } catch (const Json::exception& e) {
    return Fail(ErrorKind::kCorrupt, fmt::format("this is no training spec: {}", e.what()));
  }
}

}  // namespace opsc
