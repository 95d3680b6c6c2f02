// The clusters that a program speaks of, each connected to when it is first needed.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "runtime/kube/api_client.h"
#include "runtime/kube/discovery.h"

namespace opsc {

struct Cluster {
  std::unique_ptr<ApiClient> client;
  std::unique_ptr<Discovery> discovery;
};

// Thread-safe.
class Clusters {
 public:
  // `ref.name_space` does not matter. Fails as LoadClusterConfig does; nothing is asked yet.
  Result<Cluster*> Find(Env& env, const std::string& project_root, const ClusterRef& ref);

 private:
  std::mutex mutex_;
  std::map<ClusterRef, Result<Cluster>> clusters_;
};

}  // namespace opsc
