// MLflow's REST API 2.0 as far as runs and registered models need it. Source: MLflow's "REST API"
// reference; held against a server of 3.17.2 by test/mlflow.
//
// Errors: kEnvironment: no answer (the server is down); kDenied: it wants to know who asks (401,
// 403); kConflict: it has refused this request; kCancelled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/tracking/transport.h"

namespace opsc {

using MlflowTags = std::map<std::string, std::string>;

struct MlflowRun {
  std::string id;
  std::string artifact_uri;
  int64_t start_ms = 0;
  bool finished = false;
  MlflowTags tags;
};

struct MlflowMetric {
  std::string key;
  double value = 0;  // finite
  int64_t step = 0;
};

// A registered model and one of its versions.
struct MlflowModel {
  MlflowTags tags;
  std::map<std::string, std::string> aliases;  // alias → version
};
struct MlflowVersion {
  std::string version;
  MlflowTags tags;
};

// What the server takes in one request.
inline constexpr size_t kMlflowMetrics = 1000;
inline constexpr size_t kMlflowParams = 100;

class Mlflow {
 public:
  // `transport` outlives it.
  Mlflow(TrackingTransport& transport, std::stop_token stop)
      : transport_(transport), stop_(std::move(stop)) {}

  // The id of the experiment with this name, made where there is none.
  Result<std::string> Experiment(const std::string& name);

  // Runs that have these tags, newest first. Values hold no `'`.
  Result<std::vector<MlflowRun>> FindRuns(const std::string& experiment, const MlflowTags& tags);
  Result<MlflowRun> CreateRun(const std::string& experiment, const std::string& name,
                              int64_t start_ms, const MlflowTags& tags);
  // Logging what has been logged already changes nothing. In batches that the server takes.
  Status LogParams(const MlflowRun& run,
                   const std::vector<std::pair<std::string, std::string>>& params);
  Status LogMetrics(const MlflowRun& run, const std::vector<MlflowMetric>& metrics);
  // What was trained on: its name, and the digest of its content.
  Status LogInput(const MlflowRun& run, const std::string& name, const std::string& digest);
  Status SetRunTags(const MlflowRun& run, const MlflowTags& tags);
  Status FinishRun(const MlflowRun& run, int64_t end_ms);
  // Writes a file among the run's artefacts. REQUIRES: TakesUploads(run).
  Status Upload(const MlflowRun& run, const std::string& path, std::string bytes);
  // Does the server store artefacts itself (its default), so that they go through it?
  static bool TakesUploads(const MlflowRun& run);

  Result<std::optional<MlflowModel>> FindModel(const std::string& name);
  Status CreateModel(const std::string& name, const MlflowTags& tags);
  Result<std::vector<MlflowVersion>> Versions(const std::string& name);
  Result<MlflowVersion> CreateVersion(const std::string& name, const MlflowRun& run,
                                      const MlflowTags& tags, const std::string& description);
  Status SetVersionTag(const std::string& name, const std::string& version, const std::string& key,
                       const std::string& value);
  Status SetAlias(const std::string& name, const std::string& alias, const std::string& version);
  Status RemoveAlias(const std::string& name, const std::string& alias);

 private:
  TrackingTransport& transport_;
  std::stop_token stop_;
};

}  // namespace opsc
