#include "runtime/tracking/mlflow_call.h"

#include <fmt/format.h>

#include <cctype>

namespace opsc {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kApi = "/api/2.0/mlflow/";

// The first line of what a server says, not longer than a screen.
std::string FirstLine(std::string_view text) {
  constexpr size_t kLongest = 300;
  text = text.substr(0, text.find('\n'));
  return std::string(text.substr(0, kLongest)) + (text.size() > kLongest ? "…" : "");
}

MlflowFailure FailureOf(const TrackingRequest& request, const TrackingResponse& response) {
  const Json json = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  MlflowFailure failure;
  std::string said = response.body;
  if (json.is_object()) {
    failure.code = json.value("error_code", "");
    said = json.value("message", said);
  }
  const std::string what =
      fmt::format("{} {}", request.method, request.path.substr(0, request.path.find('?')));
  if (response.status == 401 || response.status == 403) {
    failure.error = {ErrorKind::kDenied, fmt::format("it answers {} to {}", response.status, what),
                     "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "
                     "MLFLOW_TRACKING_PASSWORD"};
  } else if (response.status == 429 || (response.status >= 502 && response.status <= 504)) {
    failure.error = {ErrorKind::kEnvironment, fmt::format("it answers {}", response.status), ""};
  } else {
    failure.error = {ErrorKind::kConflict,
                     fmt::format("it answers {} to {}: {}", response.status, what, FirstLine(said)),
                     ""};
  }
  return failure;
}

MlflowFailure NoJson(const TrackingRequest& request) {
  return {{ErrorKind::kConflict, fmt::format("its answer to {} is no JSON", request.path),
           "is the URL that of an MLflow server?"},
          ""};
}

}  // namespace

MlflowAnswer CallMlflow(const MlflowConnection& connection, const TrackingRequest& request) {
  const auto response = connection.transport.Send(request, connection.stop);
  if (!response) return std::unexpected(MlflowFailure{response.error(), ""});
  if (response->status < 200 || response->status > 299) {
    return std::unexpected(FailureOf(request, *response));
  }
  if (response->body.empty()) return Json::object();
  Json json = Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::unexpected(NoJson(request));
  return json;
}

MlflowAnswer GetMlflow(const MlflowConnection& connection, const std::string& endpoint,
                       const std::map<std::string, std::string>& query) {
  TrackingRequest request;
  request.path = fmt::format("{}{}", kApi, endpoint);
  char separator = '?';
  for (const auto& [name, value] : query) {
    request.path += fmt::format("{}{}={}", separator, name, PercentEncoded(value));
    separator = '&';
  }
  return CallMlflow(connection, request);
}

MlflowAnswer SendMlflow(const MlflowConnection& connection, const std::string& method,
                        const std::string& endpoint, const Json& body) {
  TrackingRequest request;
  request.method = method;
  request.path = fmt::format("{}{}", kApi, endpoint);
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return CallMlflow(connection, request);
}

std::unexpected<Error> NotAsDocumented(std::string_view endpoint, const Json::exception& e) {
  return Fail(ErrorKind::kConflict,
              fmt::format("its answer to {} is not as MLflow's API says: {}", endpoint, e.what()));
}

Json JsonOfTags(const MlflowTags& tags) {
  Json json = Json::array();
  for (const auto& [key, value] : tags) json.push_back({{"key", key}, {"value", value}});
  return json;
}

MlflowTags TagsFrom(const Json& owner) {
  MlflowTags tags;
  const auto list = owner.find("tags");
  if (list == owner.end() || !list->is_array()) return tags;
  for (const Json& tag : *list) tags[tag.value("key", "")] = tag.value("value", "");
  return tags;
}

std::string PercentEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || std::string_view("-._~/").contains(c);
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

}  // namespace opsc
