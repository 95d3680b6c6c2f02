#include <fmt/format.h>

#include "runtime/tracking/mlflow_call.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

MlflowModel ModelFrom(const Json& json) {
  MlflowModel model{TagsFrom(json), {}};
  if (!json.contains("aliases")) return model;
  for (const Json& alias : json.at("aliases")) {
    model.aliases[alias.at("alias").get<std::string>()] = alias.at("version").get<std::string>();
  }
  return model;
}

}  // namespace

Result<std::optional<MlflowModel>> Mlflow::FindModel(const std::string& name) {
  const auto found = GetMlflow({transport_, stop_}, "registered-models/get", {{"name", name}});
  if (!found && found.error().code == "RESOURCE_DOES_NOT_EXIST") return std::nullopt;
  if (!found) return ErrorOf(found);
  try {
    return ModelFrom(found->at("registered_model"));
  } catch (const Json::exception& e) {
    return NotAsDocumented("registered-models/get", e);
  }
}

Status Mlflow::CreateModel(const std::string& name, const MlflowTags& tags) {
  return StatusOf(SendMlflow({transport_, stop_}, "POST", "registered-models/create",
                             {{"name", name}, {"tags", JsonOfTags(tags)}}));
}

Result<std::vector<MlflowVersion>> Mlflow::Versions(const std::string& name) {
  std::vector<MlflowVersion> versions;
  std::map<std::string, std::string> query = {{"filter", fmt::format("name='{}'", name)},
                                              {"max_results", "200"}};
  try {
    while (true) {
      const auto page = GetMlflow({transport_, stop_}, "model-versions/search", query);
      if (!page) return ErrorOf(page);
      if (page->contains("model_versions")) {
        for (const Json& version : page->at("model_versions")) {
          versions.push_back({version.at("version").get<std::string>(), TagsFrom(version)});
        }
      }
      const std::string next = page->value("next_page_token", "");
      if (next.empty()) return versions;
      query["page_token"] = next;
    }
  } catch (const Json::exception& e) {
    return NotAsDocumented("model-versions/search", e);
  }
}

Result<MlflowVersion> Mlflow::CreateVersion(const std::string& name, const MlflowRun& run,
                                            const MlflowTags& tags,
                                            const std::string& description) {
  const auto made = SendMlflow({transport_, stop_}, "POST", "model-versions/create",
                               {{"name", name},
                                {"source", run.artifact_uri + "/model"},
                                {"run_id", run.id},
                                {"tags", JsonOfTags(tags)},
                                {"description", description}});
  if (!made) return ErrorOf(made);
  try {
    return MlflowVersion{made->at("model_version").at("version").get<std::string>(), tags};
  } catch (const Json::exception& e) {
    return NotAsDocumented("model-versions/create", e);
  }
}

Status Mlflow::SetVersionTag(const std::string& name, const std::string& version,
                             const std::string& key, const std::string& value) {
  return StatusOf(
      SendMlflow({transport_, stop_}, "POST", "model-versions/set-tag",
                 {{"name", name}, {"version", version}, {"key", key}, {"value", value}}));
}

Status Mlflow::SetAlias(const std::string& name, const std::string& alias,
                        const std::string& version) {
  return StatusOf(SendMlflow({transport_, stop_}, "POST", "registered-models/alias",
                             {{"name", name}, {"alias", alias}, {"version", version}}));
}

Status Mlflow::RemoveAlias(const std::string& name, const std::string& alias) {
  return StatusOf(SendMlflow({transport_, stop_}, "DELETE", "registered-models/alias",
                             {{"name", name}, {"alias", alias}}));
}

}  // namespace opsc
