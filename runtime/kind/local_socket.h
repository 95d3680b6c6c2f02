// TCP connections of a supervisor, which never block it.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace opsc {

// A socket whose connection to the numeric `host` has been started; -1 (errno) where it cannot be.
int StartConnection(const std::string& host, int port);

// How far it is. `error`: errno of a failed one.
struct ConnectionState {
  enum class Type { kPending, kConnected, kFailed } type = Type::kPending;
  int error = 0;
};
// A connection that the kernel made from a port to itself counts as refused.
ConnectionState CheckConnection(int socket);

// A port of 127.0.0.1 that nobody uses at this moment.
Result<int> FindFreePort();

}  // namespace opsc
