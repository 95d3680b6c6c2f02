#include <fmt/format.h>

#include <algorithm>

#include "runtime/tracking/mlflow_call.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kProxied = "mlflow-artifacts:";

MlflowRun RunFrom(const Json& json) {
  const Json& info = json.at("info");
  return {info.at("run_id").get<std::string>(), info.at("artifact_uri").get<std::string>(),
          info.value("start_time", int64_t{0}), info.value("status", "") == "FINISHED",
          json.contains("data") ? TagsFrom(json.at("data")) : MlflowTags{}};
}

// Where the server takes files of a run, behind its URL.
std::string UploadPath(const MlflowRun& run, const std::string& path) {
  std::string_view rest = std::string_view(run.artifact_uri).substr(kProxied.size());
  if (rest.starts_with("//")) rest = rest.substr(std::min(rest.size(), rest.find('/', 2)));
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return fmt::format("/api/2.0/mlflow-artifacts/artifacts/{}/{}", PercentEncoded(rest),
                     PercentEncoded(path));
}

// Sends a list in parts of at most `most`.
Status InBatches(const MlflowConnection& connection, const MlflowRun& run, const char* what,
                 const Json& list, size_t most) {
  for (size_t from = 0; from < list.size(); from += most) {
    Json part = Json::array();
    for (size_t at = from; at < std::min(list.size(), from + most); ++at) part.push_back(list[at]);
    OPS_TRY(StatusOf(
        SendMlflow(connection, "POST", "runs/log-batch", {{"run_id", run.id}, {what, part}})));
  }
  return {};
}

}  // namespace

Result<std::string> Mlflow::Experiment(const std::string& name) {
  const MlflowConnection connection{transport_, stop_};
  const auto found = GetMlflow(connection, "experiments/get-by-name", {{"experiment_name", name}});
  if (!found && found.error().code != "RESOURCE_DOES_NOT_EXIST") return ErrorOf(found);
  try {
    if (!found) {
      const auto made = SendMlflow(connection, "POST", "experiments/create", {{"name", name}});
      if (!made) return ErrorOf(made);
      return made->at("experiment_id").get<std::string>();
    }
    const Json& experiment = found->at("experiment");
    if (experiment.value("lifecycle_stage", "active") == "deleted") {
      return Fail(ErrorKind::kConflict, fmt::format("its experiment `{}` is deleted", name),
                  "restore it there, or name another one: `mlflow(url, experiment: \"…\")`");
    }
    return experiment.at("experiment_id").get<std::string>();
  } catch (const Json::exception& e) {
    return NotAsDocumented("experiments", e);
  }
}

Result<std::vector<MlflowRun>> Mlflow::FindRuns(const std::string& experiment,
                                                const MlflowTags& tags) {
  std::vector<std::string> conditions;
  for (const auto& [key, value] : tags) {
    conditions.push_back(fmt::format("tags.`{}` = '{}'", key, value));
  }
  const auto found = SendMlflow({transport_, stop_}, "POST", "runs/search",
                                {{"experiment_ids", Json::array({experiment})},
                                 {"filter", fmt::format("{}", fmt::join(conditions, " and "))},
                                 {"max_results", 100}});
  if (!found) return ErrorOf(found);
  std::vector<MlflowRun> runs;
  try {
    if (!found->contains("runs")) return runs;
    for (const Json& run : found->at("runs")) runs.push_back(RunFrom(run));
  } catch (const Json::exception& e) {
    return NotAsDocumented("runs/search", e);
  }
  return runs;
}

Result<MlflowRun> Mlflow::CreateRun(const std::string& experiment, const std::string& name,
                                    int64_t start_ms, const MlflowTags& tags) {
  const auto made = SendMlflow({transport_, stop_}, "POST", "runs/create",
                               {{"experiment_id", experiment},
                                {"run_name", name},
                                {"start_time", start_ms},
                                {"tags", JsonOfTags(tags)}});
  if (!made) return ErrorOf(made);
  try {
    return RunFrom(made->at("run"));
  } catch (const Json::exception& e) {
    return NotAsDocumented("runs/create", e);
  }
}

Status Mlflow::LogParams(const MlflowRun& run,
                         const std::vector<std::pair<std::string, std::string>>& params) {
  Json list = Json::array();
  for (const auto& [key, value] : params) list.push_back({{"key", key}, {"value", value}});
  return InBatches({transport_, stop_}, run, "params", list, kMlflowParams);
}

Status Mlflow::LogMetrics(const MlflowRun& run, const std::vector<MlflowMetric>& metrics) {
  Json list = Json::array();
  for (const MlflowMetric& metric : metrics) {
    list.push_back({{"key", metric.key},
                    {"value", metric.value},
                    {"timestamp", run.start_ms},
                    {"step", metric.step}});
  }
  return InBatches({transport_, stop_}, run, "metrics", list, kMlflowMetrics);
}

Status Mlflow::LogInput(const MlflowRun& run, const std::string& name, const std::string& digest) {
  constexpr size_t kDigest = 36;  // characters that MLflow keeps
  const Json dataset = {{"name", name},
                        {"digest", digest.substr(0, kDigest)},
                        {"source_type", "opsc"},
                        {"source", Json({{"table", name}, {"sha256", digest}}).dump()}};
  const Json tags = JsonOfTags({{"mlflow.data.context", "training"}});
  return StatusOf(SendMlflow(
      {transport_, stop_}, "POST", "runs/log-inputs",
      {{"run_id", run.id}, {"datasets", Json::array({{{"dataset", dataset}, {"tags", tags}}})}}));
}

Status Mlflow::SetRunTags(const MlflowRun& run, const MlflowTags& tags) {
  return InBatches({transport_, stop_}, run, "tags", JsonOfTags(tags), kMlflowParams);
}

Status Mlflow::FinishRun(const MlflowRun& run, int64_t end_ms) {
  return StatusOf(SendMlflow({transport_, stop_}, "POST", "runs/update",
                             {{"run_id", run.id}, {"status", "FINISHED"}, {"end_time", end_ms}}));
}

bool Mlflow::TakesUploads(const MlflowRun& run) {
  return run.artifact_uri.starts_with(kProxied);
}

Status Mlflow::Upload(const MlflowRun& run, const std::string& path, std::string bytes) {
  TrackingRequest request;
  request.method = "PUT";
  request.path = UploadPath(run, path);
  request.content_type = "application/octet-stream";
  request.body = std::move(bytes);
  const auto answer = CallMlflow({transport_, stop_}, request);
  return StatusOf(answer);
}

}  // namespace opsc
