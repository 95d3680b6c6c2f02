// The agent's HTTP side: /healthz, /readyz, /metrics, and POST /hooks/git.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"

namespace opsc {

// What it answers with. Called from its threads.
struct MonitorAnswers {
  std::function<Status()> ready;         // /readyz: 200, or 503 with the message
  std::function<std::string()> metrics;  // /metrics
  std::function<void()> pushed;          // POST /hooks/git
};

class MonitorServer {
 public:
  virtual ~MonitorServer() = default;       // stops to listen
  virtual std::string address() const = 0;  // "127.0.0.1:8080", with the port that was taken
};

// `address`: "HOST:PORT", ":PORT" (every address of this machine) or "PORT" (loopback only); port 0
// takes a free one.
Result<std::unique_ptr<MonitorServer>> StartMonitor(const std::string& address,
                                                    MonitorAnswers answers);

}  // namespace opsc
