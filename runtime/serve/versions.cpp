#include "runtime/serve/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace opsc {
namespace {

bool SameInput(const SchemaPtr& a, const SchemaPtr& b) {
  return a == b || (a != nullptr && b != nullptr && ToJsonText(*a) == ToJsonText(*b));
}

std::string Escaped(std::string_view text) {  // a label's value
  const std::string json = nlohmann::json(text).dump();
  return json.substr(1, json.size() - 2);
}

}  // namespace

const ServedVersion* Serving::Find(std::string_view version) const {
  const auto found = std::ranges::find_if(
      versions, [&](const ServedVersion& v) { return v.predictor->version == version; });
  return found == versions.end() ? nullptr : &*found;
}

const ServedVersion& Serving::Choose(uint64_t ticket) const {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 / phi
  double at = static_cast<double>((ticket * kGolden) >> 11) * 0x1.0p-53;
  for (const ServedVersion& version : versions) {
    if (at < version.share) return version;
    at -= version.share;
  }
  return versions.front();
}

Result<ServingPtr> MakeServing(const Deployment& deployment, const Serving* before,
                               KernelLoader* kernels, Env& env) {
  auto serving = std::make_shared<Serving>();
  serving->serial = deployment.serial;
  for (const DeployedVersion& wanted : deployment.versions) {
    const ServedVersion* there = before == nullptr ? nullptr : before->Find(wanted.source.version);
    ServedVersion version = there == nullptr ? ServedVersion{} : *there;
    if (there == nullptr || there->source.model != wanted.source.model ||
        there->source.dir != wanted.source.dir ||
        !SameInput(there->source.input, wanted.source.input)) {
      version.source = wanted.source;
      OPS_ASSIGN(version.predictor, LoadPredictor(wanted.source, kernels, env));
      version.reader = std::make_shared<RequestReader>(version.predictor->input);
    }
    if (version.traffic == nullptr) version.traffic = std::make_shared<Traffic>();
    version.share = wanted.share;
    serving->versions.push_back(std::move(version));
  }
  return serving;
}

std::string MetricsText(const Serving& serving) {
  std::string out = Traffic::Header();
  for (const ServedVersion& version : serving.versions) {
    out += version.traffic->Text(fmt::format("model=\"{}\",version=\"{}\"",
                                             Escaped(version.predictor->model),
                                             Escaped(version.predictor->version)));
  }
  return out;
}

std::string ServingText(const Serving& serving) {
  nlohmann::ordered_json json;
  json["serial"] = serving.serial;
  json["versions"] = nlohmann::ordered_json::array();
  for (const ServedVersion& version : serving.versions) {
    const TrafficCounts counts = version.traffic->Read();
    json["versions"].push_back({{"version", version.predictor->version},
                                {"share", version.share},
                                {"requests", counts.requests},
                                {"errors", counts.errors},
                                {"refused", counts.refused},
                                {"rows", counts.rows},
                                {"mean_prediction", counts.mean_prediction},
                                {"p50_ns", counts.p50_ns},
                                {"p95_ns", counts.p95_ns},
                                {"p99_ns", counts.p99_ns}});
  }
  return json.dump() + "\n";
}

}  // namespace opsc
