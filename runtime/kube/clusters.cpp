#include "runtime/kube/clusters.h"

namespace opsc {
namespace {

Result<Cluster> Connect(Env& env, const ClusterRef& ref) {
  OPS_ASSIGN(ClusterConfig config, LoadClusterConfig(env, ref));
  Cluster cluster;
  OPS_ASSIGN(cluster.client, ApiClient::Make(env, std::move(config), {}));
  cluster.discovery = std::make_unique<Discovery>(*cluster.client);
  return cluster;
}

}  // namespace

Result<Cluster*> Clusters::Find(Env& env, const std::string& project_root, const ClusterRef& ref) {
  ClusterRef key = ref;
  key.name_space.clear();
  if (!key.kubeconfig.empty() && !key.kubeconfig.starts_with('/')) {
    key.kubeconfig = JoinPath(project_root, key.kubeconfig);
  }
  std::lock_guard lock(mutex_);
  auto found = clusters_.find(key);
  if (found == clusters_.end()) found = clusters_.emplace(key, Connect(env, key)).first;
  if (!found->second) return std::unexpected(found->second.error());
  return &*found->second;
}

}  // namespace opsc
