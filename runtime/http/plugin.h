// What libopsc_http.so exports: `extern "C" const OpscHttpPlugin opsc_http_plugin`.
#pragma once

#include "runtime/http/client.h"
#include "runtime/http/server.h"

namespace opsc {

inline constexpr int kOpscHttpVersion = 2;  // of this file, client.h and server.h

// The plugin's functions. It is built with the program, by the same compiler: C++ types may cross.
struct OpscHttpPlugin {
  int version;
  Result<std::unique_ptr<HttpServer>> (*start)(HttpServerOptions options,
                                               std::vector<HttpRoute> routes);
  Result<HttpAnswer> (*get)(const HttpPlace& place, const std::string& path,
                            std::chrono::milliseconds timeout);
};

}  // namespace opsc
