// Tasks as Jobs of a Kubernetes cluster. How files get there and back: docs/decisions/0009.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/env.h"
#include "runtime/graph/executor.h"

namespace opsc {

struct KubernetesExecutorOptions {
  std::string project_root;  // absolute: where relative paths of kubeconfigs begin
  std::string state_id;      // of the project: tells its Jobs from those of others
};
std::unique_ptr<Executor> MakeKubernetesExecutor(Env* env, KubernetesExecutorOptions options);

}  // namespace opsc
