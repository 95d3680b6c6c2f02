// HTTP to one server: requests of many threads over few connections that stay open.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// How a server is reached and both sides prove who they are. PEM texts; empty: none.
struct Endpoint {
  std::string url;          // "https://host:port[/prefix]", no slash at the end
  std::string ca;           // empty: the system's
  std::string certificate;  // of the client
  std::string key;
  std::string server_name;  // expected in the server's certificate; empty: the host of `url`
  std::string proxy;        // URL; empty: as HTTPS_PROXY and NO_PROXY say
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;                  // "/api/v1/…?query"
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::chrono::milliseconds timeout{30000};  // of the whole exchange
  // Where it is set, the body of a 2xx answer is handed over as it arrives, on a thread that must
  // not be kept waiting, instead of being collected; then `timeout` is that without any byte.
  std::function<void(std::string_view)> on_data = {};
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::string retry_after;  // the header, as it came
};

// Why there was no answer. But for kUnreachable and kTls the server may have acted on the request.
struct TransportError {
  enum class Kind : uint8_t { kUnreachable, kTimeout, kBroken, kTls, kCancelled } kind{};
  std::string message;
};

// A WebSocket to the server: messages both ways. Not thread-safe. An error ends it.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // Sends a binary message; what arrives meanwhile is kept. kCancelled where `stop` comes first.
  virtual std::expected<void, TransportError> Send(std::string_view message,
                                                   const std::stop_token& stop) = 0;
  // The next message; nullopt: the server has closed it.
  virtual std::expected<std::optional<std::string>, TransportError> Receive(
      const std::stop_token& stop) = 0;
};

// `socket` is null where the server refused it; then `refusal` is what it said.
struct OpenedSocket {
  std::unique_ptr<WebSocket> socket;
  HttpResponse refusal;
};

// Thread-safe. Always verifies the server's certificate.
class Transport {
 public:
  static Result<std::unique_ptr<Transport>> Make(Endpoint endpoint);
  virtual ~Transport() = default;
  // Blocks until the answer is there, or `stop` ends it.
  virtual std::expected<HttpResponse, TransportError> Send(const HttpRequest& request,
                                                           std::stop_token stop) = 0;
  // On a connection of its own; `protocol` is that of the messages.
  virtual std::expected<OpenedSocket, TransportError> OpenSocket(const HttpRequest& request,
                                                                 const std::string& protocol,
                                                                 std::stop_token stop) = 0;
};

}  // namespace opsc
