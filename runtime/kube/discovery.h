// Which kinds of objects a cluster has, and under which names its API serves them.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/kube/api_client.h"

namespace opsc {

// One served kind, as `apps/v1` and `Deployment` name it.
struct ServedKind {
  std::string api_version;
  std::string kind;
  std::string plural;  // "deployments"
  bool namespaced = true;

  std::string group() const;
  std::string resource() const;  // "deployments.apps"
  // "/apis/apps/v1/namespaces/shop/deployments"; all namespaces where `name_space` is empty.
  std::string Path(const std::string& name_space) const;
};

// Asks for a group and version when it is first needed, and again (once a second at most) when a
// kind is missing in it: it may have been added. Thread-safe.
class Discovery {
 public:
  explicit Discovery(ApiClient& client) : client_(client) {}
  // nullopt: the cluster does not have it (now).
  Result<std::optional<ServedKind>> Find(const std::string& api_version, const std::string& kind,
                                         std::stop_token stop);

 private:
  struct Group {
    std::vector<ServedKind> kinds;
    std::chrono::steady_clock::time_point read{};
  };
  Result<Group> Read(const std::string& api_version, std::stop_token stop);

  ApiClient& client_;
  std::mutex mutex_;
  std::map<std::string, Group> groups_;
};

}  // namespace opsc
