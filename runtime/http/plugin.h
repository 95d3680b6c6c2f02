// What libopsc_http.so exports: `extern "C" const OpscHttpPlugin opsc_http_plugin`.
#pragma once

#include "runtime/http/server.h"

namespace opsc {

inline constexpr int kOpscHttpVersion = 1;  // of this file and server.h

// The plugin's functions. It is built with the program, by the same compiler: C++ types may cross.
struct OpscHttpPlugin {
  int version;
  Result<std::unique_ptr<HttpServer>> (*start)(HttpServerOptions options,
                                               std::vector<HttpRoute> routes);
};

}  // namespace opsc
