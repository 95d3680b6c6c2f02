// opsc's side of a supervisor.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "runtime/base/result.h"
#include "runtime/graph/kind.h"
#include "runtime/value/value.h"

namespace opsc {

struct AskOptions {
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);
  std::stop_token stop;
};

// Sends one request (see ControlServer) to the supervisor of the service directory `dir` and waits
// for the answer. nullopt: nobody is there, or it died before it answered. kCancelled: `stop` or
// the timeout came first. Thread-safe.
Result<std::optional<Value>> AskSupervisor(const std::string& dir, const Value& request,
                                           const AskOptions& options);

// Starts a supervisor for `dir`, which exists; does nothing where one runs. It gets no environment
// but PATH, HOME and LANG, and no descriptor of ours.
Status StartSupervisor(const KindContext& context, const std::string& dir);

// Ends the supervisor of `dir`, where there is one, and runs `action` while none can start there.
Status WithoutSupervisor(const std::string& dir, std::chrono::nanoseconds timeout,
                         const std::function<Status()>& action);

}  // namespace opsc
