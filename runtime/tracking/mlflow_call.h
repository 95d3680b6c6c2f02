// One request to MLflow and its answer. Internal to runtime/tracking.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>

#include "runtime/tracking/mlflow.h"

namespace opsc {

// Why a call failed; `code`: MLflow's own name for it, empty where it gave none.
struct MlflowFailure {
  Error error;
  std::string code;
};
using MlflowAnswer = std::expected<nlohmann::json, MlflowFailure>;

struct MlflowConnection {
  TrackingTransport& transport;
  std::stop_token stop;
};

MlflowAnswer GetMlflow(const MlflowConnection& connection, const std::string& endpoint,
                       const std::map<std::string, std::string>& query);
MlflowAnswer SendMlflow(const MlflowConnection& connection, const std::string& method,
                        const std::string& endpoint, const nlohmann::json& body);
// The request as it stands.
MlflowAnswer CallMlflow(const MlflowConnection& connection, const TrackingRequest& request);

inline std::unexpected<Error> ErrorOf(const MlflowAnswer& answer) {
  return std::unexpected(answer.error().error);
}
inline Status StatusOf(const MlflowAnswer& answer) {
  if (!answer) return ErrorOf(answer);
  return {};
}

// An answer without what MLflow's API says that it has.
std::unexpected<Error> NotAsDocumented(std::string_view endpoint,
                                       const nlohmann::json::exception& e);

// [{key, value}] ⇄ tags.
nlohmann::json JsonOfTags(const MlflowTags& tags);
MlflowTags TagsFrom(const nlohmann::json& owner);

// Of letters, digits and `-._~`, all else as %XX; `/` stays.
std::string PercentEncoded(std::string_view text);

}  // namespace opsc
