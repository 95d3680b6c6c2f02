// Questions to HTTP servers on this machine.
#pragma once

#include <chrono>
#include <string>

#include "runtime/http/server.h"

namespace opsc {

struct HttpPlace {
  std::string host = "127.0.0.1";
  int port = 0;
};

// The server's answer, whatever its status. kEnvironment: there was none in time.
Result<HttpAnswer> HttpGet(const HttpPlace& place, const std::string& path,
                           std::chrono::milliseconds timeout);

}  // namespace opsc
