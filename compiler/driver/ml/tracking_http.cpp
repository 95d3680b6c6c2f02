#include "compiler/driver/ml/tracking_http.h"

#include "runtime/graph/base64.h"
#include "runtime/kube/transport.h"

namespace opsc {
namespace {

// The header that says who asks; empty: nobody in particular.
Result<std::string> Identity(Env& env) {
  const std::string token = env.Variable("MLFLOW_TRACKING_TOKEN").value_or("");
  const std::string user = env.Variable("MLFLOW_TRACKING_USERNAME").value_or("");
  const std::string password = env.Variable("MLFLOW_TRACKING_PASSWORD").value_or("");
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Fail(ErrorKind::kDenied, "MLFLOW_TRACKING_TOKEN has more than one line");
  }
  if (!token.empty()) return "Authorization: Bearer " + token;
  if (user.empty()) return "";
  return "Authorization: Basic " + EncodeBase64(user + ":" + password);
}

class HttpTransport : public TrackingTransport {
 public:
  HttpTransport(std::unique_ptr<Transport> transport, std::string identity)
      : transport_(std::move(transport)), identity_(std::move(identity)) {}

  Result<TrackingResponse> Send(const TrackingRequest& request, std::stop_token stop) override {
    HttpRequest http;
    http.method = request.method;
    http.path = request.path;
    http.body = request.body;
    http.timeout = request.timeout;
    http.headers = {"Content-Type: " + request.content_type, "Expect:"};
    if (!identity_.empty()) http.headers.push_back(identity_);
    auto response = transport_->Send(http, std::move(stop));
    if (response) return TrackingResponse{response->status, std::move(response->body)};
    const bool cancelled = response.error().kind == TransportError::Kind::kCancelled;
    return Fail(cancelled ? ErrorKind::kCancelled : ErrorKind::kEnvironment,
                std::move(response).error().message);
  }

 private:
  std::unique_ptr<Transport> transport_;
  const std::string identity_;
};

}  // namespace

TrackingConnector ConnectorOf(Env& env) {
  return [&env](const std::string& url) -> Result<std::unique_ptr<TrackingTransport>> {
    OPS_ASSIGN(std::string identity, Identity(env));
    Endpoint endpoint;
    endpoint.url = url;
    OPS_ASSIGN(auto transport, Transport::Make(std::move(endpoint)));
    return std::make_unique<HttpTransport>(std::move(transport), std::move(identity));
  };
}

}  // namespace opsc
