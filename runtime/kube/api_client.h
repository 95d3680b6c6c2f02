// The API of one Kubernetes cluster: calls that are repeated as long as that may help.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "runtime/kube/cluster_config.h"
#include "runtime/kube/credentials.h"
#include "runtime/kube/transport.h"
#include "runtime/value/value.h"

namespace opsc {

// What is asked for, and the words for it in messages. All calls made here can be repeated.
struct ApiCall {
  std::string verb;  // as RBAC has it: "get", "list", "watch", "patch", "delete"
  std::string method = "GET";
  std::string path = {};        // "/api/v1/namespaces/shop/configmaps/motd?…"
  std::string resource = {};    // "configmaps", "deployments.apps"; empty: the path is told
  std::string name_space = {};  // empty: none, or all
  std::string name = {};
  std::string body = {};
  std::string content_type = {};
};

struct ApiAnswer {
  int status = 0;
  Value body;  // record; of a failure the `Status` object
  bool ok() const { return status >= 200 && status < 300; }
};

// One thing that a watch tells.
struct WatchEvent {
  enum class Type : uint8_t {
    kAdded,
    kModified,
    kDeleted,
    kSynced,   // all that there was at the start has been told
    kRestart,  // the server has lost the thread: all is told again, what is not told is gone
  } type{};
  Value object;
};

struct ApiClientOptions {
  std::chrono::milliseconds timeout{30000};  // of one attempt
  // How long a server that was there is waited for, and one that says it is busy.
  std::chrono::milliseconds patience{60000};
};

// Thread-safe.
class ApiClient {
 public:
  static Result<std::unique_ptr<ApiClient>> Make(Env& env, ClusterConfig config,
                                                 const ApiClientOptions& options);

  const ClusterConfig& config() const { return config_; }

  // Any status that the server means; connections that break, 429 and 5xx are tried again.
  Result<ApiAnswer> Call(const ApiCall& call, std::stop_token stop);
  // As Call, but all but 2xx is an error.
  Result<Value> Get(const ApiCall& call, std::stop_token stop);
  // The body of a 2xx answer as it is, whatever it is: the log of a container. Asked for once.
  Result<std::string> GetText(const ApiCall& call, std::stop_token stop);
  // Each object of a collection, in pages of 500. `call.path` without a query; `query` may have a
  // label selector. Returns the resource version of the list.
  Result<std::string> List(const ApiCall& call, const std::string& query,
                           const std::function<void(Value)>& take, std::stop_token stop);
  // Tells first all objects of a collection, then what happens to them, until `stop` ends it; goes
  // on after broken connections and expired versions. Only what nothing can heal is returned.
  Status Watch(const ApiCall& call, const std::string& query,
               const std::function<void(WatchEvent)>& take, std::stop_token stop);

  // One answer that comes bit by bit, such as a log that goes on; ends with the connection, a
  // minute and a half of silence, or `stop`. Only a refusal is an error.
  Status Follow(const ApiCall& call, const std::function<void(std::string_view)>& take,
                std::stop_token stop);
  // A conversation, such as with a command inside of a container. Not tried again.
  Result<std::unique_ptr<WebSocket>> OpenSocket(const ApiCall& call, const std::string& protocol,
                                                std::stop_token stop);

  // The error that an answer means.
  Error ErrorOf(const ApiCall& call, const ApiAnswer& answer) const;
  Error ErrorOf(const ApiCall& call, const TransportError& error) const;

 private:
  ApiClient(Env& env, ClusterConfig config, const ApiClientOptions& options,
            std::unique_ptr<Credentials> credentials, std::unique_ptr<Transport> transport)
      : env_(env),
        config_(std::move(config)),
        options_(options),
        credentials_(std::move(credentials)),
        transport_(std::move(transport)) {}

  Result<HttpRequest> RequestFor(const ApiCall& call, const std::stop_token& stop);
  std::optional<TransportError> UnreachedNow();
  Result<std::string> WatchOnce(const ApiCall& call, const std::string& query, std::string version,
                                const std::function<void(WatchEvent)>& take,
                                const std::stop_token& stop);

  Env& env_;
  const ClusterConfig config_;
  const ApiClientOptions options_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<Transport> transport_;
  std::atomic<bool> reached_ = false;  // it has answered once
  // Why it could not be reached a moment ago: who asks for much need not find it out each time.
  struct Unreached {
    std::chrono::steady_clock::time_point at{};
    TransportError error{};
  };
  std::mutex mutex_;
  std::optional<Unreached> unreached_;
};

// "patch configmaps `shop/motd`".
std::string Describe(const ApiCall& call);

}  // namespace opsc
