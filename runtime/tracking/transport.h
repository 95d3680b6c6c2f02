// HTTP to a tracking server, as an interface: who speaks it is passed in.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/base/result.h"

namespace opsc {

struct TrackingRequest {
  std::string method = "GET";
  std::string path;  // "/api/2.0/…?query", behind the server's URL
  std::string content_type = "application/json";
  std::string body;
  std::chrono::milliseconds timeout{30'000};  // of the whole exchange
};

struct TrackingResponse {
  int status = 0;
  std::string body;
};

class TrackingTransport {
 public:
  virtual ~TrackingTransport() = default;
  // Any answer of the server is a value. kEnvironment: there was none in time; whether the server
  // has acted on the request is not known. kCancelled: `stop`.
  virtual Result<TrackingResponse> Send(const TrackingRequest& request, std::stop_token stop) = 0;
};

// To the server of a URL, with what it wants to know of who asks.
using TrackingConnector =
    std::function<Result<std::unique_ptr<TrackingTransport>>(const std::string& url)>;

}  // namespace opsc
