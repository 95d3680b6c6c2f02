#include "runtime/serve/deployment.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kFormat = "opsc.endpoint/1";

Result<SchemaPtr> InputFrom(const Json& json) {
  if (json.is_null()) return nullptr;
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json));
  return std::make_shared<const RowSchema>(std::move(schema));
}
Json InputJson(const PredictorSource& source) {
  return source.input == nullptr ? Json() : ToJson(*source.input);
}

Result<Digest> DigestFrom(const Json& version) {
  if (!version.contains("digest")) return Digest{};
  const auto digest = Digest::FromHex(version.at("digest").get<std::string>());
  if (!digest) return Fail(ErrorKind::kCorrupt, "the digest of a version is none");
  return *digest;
}

Result<Deployment> Read(const Json& json) {
  if (json.at("format") != kFormat) return Fail(ErrorKind::kCorrupt, "no file of an endpoint");
  Deployment deployment;
  deployment.serial = json.at("serial").get<uint64_t>();
  OPS_ASSIGN(const SchemaPtr input, InputFrom(json.at("input")));
  double sum = 0;
  for (const Json& version : json.at("versions")) {
    DeployedVersion deployed;
    deployed.source = {json.at("model").get<std::string>(),
                       version.at("version").get<std::string>(),
                       version.at("dir").get<std::string>(), input};
    if (version.contains("input")) {
      OPS_ASSIGN(deployed.source.input, InputFrom(version.at("input")));
    }
    OPS_ASSIGN(deployed.source.digest, DigestFrom(version));
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
  json["input"] = InputJson(first);
  json["versions"] = Json::array();
  for (const DeployedVersion& version : deployment.versions) {
    Json entry;
    entry["version"] = version.source.version;
    entry["dir"] = version.source.dir;
    entry["share"] = version.share;
    const Json input = InputJson(version.source);
    if (input != json["input"]) entry["input"] = input;
    if (!version.source.digest.empty()) entry["digest"] = version.source.digest.Hex();
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
