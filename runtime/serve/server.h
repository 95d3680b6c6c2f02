// An endpoint over HTTP: Open Inference Protocol v2, typed JSON, probes and metrics.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "runtime/base/env.h"
#include "runtime/base/event.h"
#include "runtime/column/kernel.h"
#include "runtime/serve/deployment.h"

namespace opsc {

struct ServeOptions {
  std::string host = "127.0.0.1";
  int port = 0;                    // 0: a free one
  std::string file = {};           // the deployment
  size_t connections = 400;        // open at the same time
  size_t threads = 4;              // requests computed at the same time; more wait their turn
  size_t waiting = 256;            // of those; more are told to come back (503)
  size_t largest_body = 16 << 20;  // bytes; more is 413
  std::chrono::milliseconds deadline{2000};  // a request that has waited longer is not begun (503)
};

// Routes:
//   GET  /v2, /v2/health/live, /v2/health/ready, /v2/models/M[/versions/V][/ready]
//   POST /v2/models/M[/versions/V]/infer      OIP v2 (request.h)
//   POST /predict                             typed JSON (request.h)
//   GET  /metrics                             Prometheus, a series a version
//   GET  /deployment {"serial":4,"versions":[{"version","share","requests",…}]}
// Answers carry `X-Model-Version`. A bad request is 400 and names the fields; a server that has
// nothing to serve yet is not ready (503).
class ModelServer {
 public:
  virtual ~ModelServer() = default;  // requests under way are answered
  virtual int port() const = 0;
  // Reads the deployment again where it has changed. What cannot be loaded changes nothing: the
  // versions before go on. Called every moment by whoever runs the server.
  virtual Status Refresh() = 0;
};

// `kernels` and `env` outlive the server.
Result<std::unique_ptr<ModelServer>> StartServer(const ServeOptions& options, KernelLoader* kernels,
                                                 Env& env);

}  // namespace opsc
