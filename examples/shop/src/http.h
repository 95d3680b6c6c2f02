// A small HTTP/1.1 server and client over IPv4 sockets on the loopback interface.
#pragma once

#include <functional>
#include <string>

#include "routes.h"

namespace shop {

using Handler = std::function<Response(const std::string& method, const std::string& target)>;

// Serves until TERM or INT: then accepts nothing more, answers what has begun and returns 0.
int Serve(int port, const Handler& handler);

// GET; status 0 where there is no answer within two seconds.
Response Get(int port, const std::string& target);

}  // namespace shop
