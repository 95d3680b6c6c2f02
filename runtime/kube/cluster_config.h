// Which cluster, and as whom: what a kubeconfig, or the pod that opsc runs in, says about it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/result.h"

namespace opsc {

// How an instance names its cluster. Empty: KUBECONFIG or ~/.kube/config, its current context, that
// context's namespace; without any such file, the cluster that opsc runs in.
struct ClusterRef {
  std::string kubeconfig;
  std::string context;
  std::string name_space;

  friend auto operator<=>(const ClusterRef&, const ClusterRef&) = default;
};

// A program that prints credentials, as `client.authentication.k8s.io` has it.
struct ExecPlugin {
  std::string api_version;
  std::string command;
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string install_hint;
  bool wants_cluster = false;  // provideClusterInfo
};

struct ClusterConfig {
  std::string origin;  // for messages: "context `prod` of /home/me/.kube/config"
  std::string server;
  std::string ca;           // PEM
  std::string certificate;  // PEM
  std::string key;          // PEM
  std::string server_name;
  std::string proxy;
  std::string token;
  std::string token_file;  // read again every minute: tokens in pods are replaced
  std::string username;
  std::string password;
  std::optional<ExecPlugin> exec;
  std::string impersonate;
  std::vector<std::string> impersonate_groups;
  std::string name_space = "default";
};

// kInput where no such context is, where a file is broken, or where it says not to verify the
// server: `insecure-skip-tls-verify` is refused. kEnvironment where a file cannot be read.
Result<ClusterConfig> LoadClusterConfig(Env& env, const ClusterRef& ref);

}  // namespace opsc
