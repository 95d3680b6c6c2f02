#include "runtime/tracking/event.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "opsc.tracking/1";

Json JsonOf(const TrackedRun& run) {
  return {{"artefact", run.artefact.Hex()}, {"at", run.at},     {"run", run.run},
          {"verdict", run.verdict},         {"note", run.note}, {"card", run.card}};
}

Json JsonOf(const TrackedRegistry& registry) {
  Json versions = Json::array(), promotions = Json::array();
  for (const TrackedVersion& v : registry.versions) {
    versions.push_back({{"version", v.version},
                        {"artefact", v.artefact.Hex()},
                        {"created", v.created},
                        {"run", v.run}});
  }
  for (const Promotion& p : registry.promotions) {
    promotions.push_back(
        {{"at", p.at}, {"version", p.version}, {"run", p.run}, {"reason", p.reason}});
  }
  return {{"versions", versions}, {"promotions", promotions}, {"challenger", registry.challenger}};
}

Digest DigestFrom(const Json& json) {
  return Digest::FromHex(json.get<std::string>()).value_or(Digest{});
}

TrackedRun RunFrom(const Json& json) {
  return {DigestFrom(json.at("artefact")),
          json.at("at"),
          json.at("run"),
          json.at("verdict"),
          json.at("note"),
          json.at("card")};
}

TrackedRegistry RegistryOf(const Json& json) {
  TrackedRegistry registry;
  for (const Json& v : json.at("versions")) {
    registry.versions.push_back({v.at("version").get<int64_t>(), DigestFrom(v.at("artefact")),
                                 v.at("created").get<std::string>(),
                                 v.at("run").get<std::string>()});
  }
  for (const Json& p : json.at("promotions")) {
    registry.promotions.push_back({p.at("at").get<std::string>(), p.at("version").get<int64_t>(),
                                   p.at("run").get<std::string>(),
                                   p.at("reason").get<std::string>()});
  }
  registry.challenger = json.at("challenger").get<int64_t>();
  return registry;
}

std::unexpected<Error> NoEvent(std::string_view why) {
  return Fail(ErrorKind::kCorrupt, fmt::format("this is no event of a tracked model: {}", why));
}

}  // namespace

TrackedRegistry Tracked(const Registry& registry) {
  TrackedRegistry tracked{{}, registry.promotions, registry.challenger};
  for (const ModelVersion& v : registry.versions) {
    if (!v.artefact.is(ValueKind::kFile)) continue;
    tracked.versions.push_back({v.version, v.artefact.AsFile().digest, v.created, v.run});
  }
  return tracked;
}

Digest DigestOf(const TrackedRegistry& registry) {
  return Sha256(JsonOf(registry).dump());
}

std::string ToText(const TrackingEvent& event) {
  const TrackedModel& model = event.model;
  Json json = {{"format", kFormat},
               {"model", model.address},
               {"state", model.state},
               {"url", model.tracking.url},
               {"experiment", model.tracking.experiment},
               {"registered", model.tracking.registered}};
  if (const auto* run = std::get_if<TrackedRun>(&event.what)) {
    json["candidate"] = JsonOf(*run);
  } else {
    json["registry"] = JsonOf(std::get<TrackedRegistry>(event.what));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<TrackingEvent> EventFromText(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) {
      return NoEvent(
          fmt::format("its format is {}, this opsc reads {}", json.at("format").dump(), kFormat));
    }
    TrackingEvent event;
    event.model = {json.at("model"),
                   json.at("state"),
                   {json.at("url"), json.at("experiment"), json.at("registered")}};
    if (json.contains("candidate")) {
      event.what = RunFrom(json.at("candidate"));
    } else {
      event.what = RegistryOf(json.at("registry"));
    }
    return event;
  } catch (const Json::exception& e) {
    return NoEvent(e.what());
  }
}

}  // namespace opsc
