// Credentials printed by a program: the `exec` plugins of a kubeconfig.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "runtime/base/env.h"
#include "runtime/kube/cluster_config.h"

namespace opsc {

struct ExecCredential {
  std::string token;
  std::string certificate;  // PEM
  std::string key;          // PEM
  std::optional<Time> expires;
};

// Runs the plugin and waits for it, a minute at most; its standard error goes to ours, because it
// may tell the user what to do. kEnvironment where it cannot be run, fails or prints something
// else.
Result<ExecCredential> RunExecPlugin(const ClusterConfig& config, std::stop_token stop);

}  // namespace opsc
