// An HTTP server: routes and who answers them. The library behind it is loaded with the first
// server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// What a client asks for. The views last as long as the call of the handler.
struct HttpCall {
  std::string_view method, path, body;
  std::vector<std::string> groups;  // of the route's pattern: the whole path, then each (…)
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called from several threads.
using HttpHandler = std::function<void(const HttpCall&, HttpAnswer&)>;

// Requests of a method whose whole path matches a regular expression.
struct HttpRoute {
  enum class Method { kGet, kPost } method;
  std::string pattern;
  HttpHandler handler;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;                   // 0: a free one
  size_t connections = 2;         // open at the same time, a thread each; more wait
  size_t requests = 100;          // on one connection, which is closed then
  size_t largest_body = 1 << 20;  // bytes; more is 413
  HttpHandler otherwise = {};     // writes the bodies of 404, 413 and the like
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;  // stops to listen; requests under way are answered
  virtual int port() const = 0;
};

// Fails where it cannot listen.
Result<std::unique_ptr<HttpServer>> StartHttpServer(HttpServerOptions options,
                                                    std::vector<HttpRoute> routes);

}  // namespace opsc
