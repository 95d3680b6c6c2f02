#include "runtime/serve/deployment.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kFormat = "opsc.endpoint/1";

Result<Deployment> Read(const Json& json) {
  if (json.at("format") != kFormat) return Fail(ErrorKind::kCorrupt, "no file of an endpoint");
  Deployment deployment;
  deployment.serial = json.at("serial").get<uint64_t>();
  SchemaPtr input;
  if (!json.at("input").is_null()) {
    OPS_ASSIGN(RowSchema schema, SchemaFromJson(json.at("input")));
    input = std::make_shared<const RowSchema>(std::move(schema));
  }
  double sum = 0;
  for (const Json& version : json.at("versions")) {
    DeployedVersion deployed;
    deployed.source = {json.at("model").get<std::string>(),
                       version.at("version").get<std::string>(),
                       version.at("dir").get<std::string>(), input};
    deployed.share = version.at("share").get<double>();
    if (!(deployed.share >= 0 && deployed.share <= 1)) {
      return Fail(ErrorKind::kCorrupt, "a share is not between 0 and 1");
    }
    sum += deployed.share;
    deployment.versions.push_back(std::move(deployed));
  }
  if (deployment.versions.empty() || std::abs(sum - 1) > 1e-9) {
    return Fail(ErrorKind::kCorrupt, "the shares of the versions do not add up to 1");
  }
  if (json.contains("refused")) {
    deployment.refused = {json["refused"].at("version").get<std::string>(),
                          json["refused"].at("rule").get<std::string>()};
  }
  return deployment;
}

}  // namespace

std::string DeploymentText(const Deployment& deployment) {
  Json json;
  const PredictorSource& first = deployment.versions.front().source;
  json["format"] = kFormat;
  json["serial"] = deployment.serial;
  json["model"] = first.model;
  json["input"] = first.input == nullptr ? Json() : ToJson(*first.input);
  json["versions"] = Json::array();
  for (const DeployedVersion& version : deployment.versions) {
    Json entry;
    entry["version"] = version.source.version;
    entry["dir"] = version.source.dir;
    entry["share"] = version.share;
    json["versions"].push_back(std::move(entry));
  }
  if (deployment.refused) {
    json["refused"] = {{"version", deployment.refused->version},
                       {"rule", deployment.refused->rule}};
  }
  return json.dump(1) + "\n";
}

Result<Deployment> DeploymentFromText(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Fail(ErrorKind::kCorrupt, "no file of an endpoint: no JSON");
  try {
    return Read(json);
  } catch (const Json::exception& e) {
    return Fail(ErrorKind::kCorrupt, fmt::format("no file of an endpoint: {}", e.what()));
  }
}

}  // namespace opsc
