// From a request to a response: all of the service that is not sockets.
#pragma once

#include <string>

namespace shop {

struct Response {
  int status = 200;
  std::string body;
};

// `target` is path and query, as it stands in the request line.
Response Handle(const std::string& method, const std::string& target);

}  // namespace shop
