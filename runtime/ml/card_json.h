// Cards and specs of models as JSON (docs/formats/model.md).
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/ml/train.h"

namespace opsc {

nlohmann::ordered_json ToJson(const ModelCard& card);
Result<ModelCard> CardFromJson(const nlohmann::ordered_json& json);

nlohmann::ordered_json ToJson(const TrainSpec& spec);
Result<TrainSpec> SpecFromJson(const nlohmann::ordered_json& json);

nlohmann::ordered_json ToJson(const std::vector<Measured>& metrics);
std::vector<Measured> MeasuredFromJson(const nlohmann::ordered_json& json);

}  // namespace opsc
