#include "runtime/kube/kubernetes_executor.h"

#include "runtime/kube/clusters.h"
#include "runtime/kube/job_run.h"

namespace opsc {
namespace {

class KubernetesExecutor : public Executor {
 public:
  KubernetesExecutor(Env* env, KubernetesExecutorOptions options)
      : env_(*env), options_(std::move(options)) {}

  std::string project_root() const override { return kPodProject; }

  Result<std::unique_ptr<RemoteRun>> Start(RemoteCommand command, EventSink& events,
                                           std::stop_token stop) override {
    OPS_ASSIGN(JobHome home, HomeOf(command.where, command.address, command.token));
    auto run = std::make_unique<JobRun>(env_, home, std::move(command), events);
    Status begun = run->Begin(std::move(stop));
    if (begun) return std::unique_ptr<RemoteRun>(std::move(run));
    (void)RemoveJob(home, {});  // what there may be of it already
    return std::unexpected(std::move(begun).error());
  }

  Result<bool> Remove(const Value& where, const std::string& address, const std::string& token,
                      std::stop_token stop) override {
    OPS_ASSIGN(const JobHome home, HomeOf(where, address, token));
    return RemoveJob(home, std::move(stop));
  }

 private:
  Result<JobHome> HomeOf(const Value& where, const std::string& address, const std::string& token) {
    const JobPlace place = JobPlace::Of(where);
    OPS_ASSIGN(Cluster * cluster, clusters_.Find(env_, options_.project_root, place.cluster));
    const std::string& named = place.cluster.name_space;
    return JobHome{cluster->client.get(),
                   named.empty() ? cluster->client->config().name_space : named,
                   JobName::Of(options_.state_id, address, token)};
  }

  Env& env_;
  const KubernetesExecutorOptions options_;
  Clusters clusters_;
};

}  // namespace

std::unique_ptr<Executor> MakeKubernetesExecutor(Env* env, KubernetesExecutorOptions options) {
  return std::make_unique<KubernetesExecutor>(env, std::move(options));
}

}  // namespace opsc
