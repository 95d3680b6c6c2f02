#include "runtime/kube/cluster_config.h"

#include <fmt/format.h>

#include "runtime/graph/base64.h"
#include "runtime/kube/kubeconfig.h"

namespace opsc {
namespace {

constexpr const char* kPodAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string Text(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kString) ? std::string(field->AsString()) : "";
}

bool IsTrue(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kBool) && field->AsBool();
}

std::string Absolute(const std::string& directory, const std::string& path) {
  return path.starts_with('/') ? path : JoinPath(directory, path);
}

// The files to read: all of KUBECONFIG, or the one at home.
std::vector<std::string> FilesOf(Env& env, const ClusterRef& ref) {
  if (!ref.kubeconfig.empty()) return {ref.kubeconfig};
  std::vector<std::string> files;
  std::string all = env.Variable("KUBECONFIG").value_or("");
  for (size_t begin = 0; begin < all.size();) {
    size_t end = std::min(all.find(':', begin), all.size());
    if (end > begin) files.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  if (files.empty()) files.push_back(env.Variable("HOME").value_or("/root") + "/.kube/config");
  return files;
}

// A PEM text: given inline as base64 under NAME-data, or as a file under NAME.
Result<std::string> Pem(Env& env, const Kubeconfig::Entry& entry, const std::string& name) {
  if (std::string data = Text(entry.fields, name + "-data"); !data.empty()) {
    auto pem = DecodeBase64(data);
    if (!pem) return Fail(ErrorKind::kInput, fmt::format("`{}-data` is no base64", name));
    return std::move(*pem);
  }
  std::string path = Text(entry.fields, name);
  if (path.empty()) return std::string();
  return env.ReadFile(Absolute(entry.directory, path));
}

Result<ExecPlugin> ExecOf(const Value& exec, const std::string& directory) {
  ExecPlugin plugin;
  plugin.api_version = Text(exec, "apiVersion");
  plugin.command = Text(exec, "command");
  plugin.install_hint = Text(exec, "installHint");
  plugin.wants_cluster = IsTrue(exec, "provideClusterInfo");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return Fail(
        ErrorKind::kInput,
        fmt::format("`exec.apiVersion` is `{}`, which opsc does not speak", plugin.api_version),
        "client.authentication.k8s.io/v1 is the current one");
  }
  if (plugin.command.empty()) return Fail(ErrorKind::kInput, "`exec.command` is missing");
  // As kubectl has it: a path with a slash is relative to the file, a mere name is looked up.
  if (plugin.command.contains('/')) plugin.command = Absolute(directory, plugin.command);
  if (const Value* args = exec.Find("args"); args != nullptr && args->is(ValueKind::kList)) {
    for (const Value& arg : args->AsList()) plugin.args.emplace_back(arg.AsString());
  }
  if (const Value* env = exec.Find("env"); env != nullptr && env->is(ValueKind::kList)) {
    for (const Value& pair : env->AsList()) plugin.env[Text(pair, "name")] = Text(pair, "value");
  }
  return plugin;
}

Status TakeCluster(Env& env, const Kubeconfig::Entry& cluster, ClusterConfig& config) {
  config.server = Text(cluster.fields, "server");
  if (config.server.empty()) return Fail(ErrorKind::kInput, "`server` is missing");
  if (IsTrue(cluster.fields, "insecure-skip-tls-verify")) {
    return Fail(ErrorKind::kInput, "`insecure-skip-tls-verify` is not obeyed",
                "put the server's authority into `certificate-authority-data`, or its name into "
                "`tls-server-name`");
  }
  while (config.server.ends_with('/')) config.server.pop_back();
  if (!config.server.starts_with("https://")) {
    return Fail(ErrorKind::kInput,
                fmt::format("`server` is `{}`, which is not https", config.server));
  }
  OPS_ASSIGN(config.ca, Pem(env, cluster, "certificate-authority"));
  config.server_name = Text(cluster.fields, "tls-server-name");
  config.proxy = Text(cluster.fields, "proxy-url");
  return {};
}

Status TakeUser(Env& env, const Kubeconfig::Entry& user, ClusterConfig& config) {
  OPS_ASSIGN(config.certificate, Pem(env, user, "client-certificate"));
  OPS_ASSIGN(config.key, Pem(env, user, "client-key"));
  config.token = Text(user.fields, "token");
  config.token_file = Text(user.fields, "tokenFile");
  if (!config.token_file.empty()) {
    config.token_file = Absolute(user.directory, config.token_file);
  }
  config.username = Text(user.fields, "username");
  config.password = Text(user.fields, "password");
  config.impersonate = Text(user.fields, "as");
  const Value* groups = user.fields.Find("as-groups");
  if (groups != nullptr && groups->is(ValueKind::kList)) {
    for (const Value& group : groups->AsList()) {
      if (group.is(ValueKind::kString)) config.impersonate_groups.emplace_back(group.AsString());
    }
  }
  if (user.fields.Find("auth-provider") != nullptr) {
    return Fail(ErrorKind::kInput, "`auth-provider` was taken out of Kubernetes in 1.26",
                "use an `exec` plugin instead");
  }
  if (const Value* exec = user.fields.Find("exec"); exec != nullptr && !exec->is_null()) {
    OPS_ASSIGN(config.exec, ExecOf(*exec, user.directory));
  }
  return {};
}

Result<ClusterConfig> Choose(Env& env, const Kubeconfig& kubeconfig, const ClusterRef& ref,
                             const std::string& files) {
  std::string name = ref.context.empty() ? kubeconfig.current_context : ref.context;
  if (name.empty()) {
    return Fail(ErrorKind::kInput, fmt::format("{} names no current context", files),
                "kubectl config use-context NAME, or name one: `cluster: { context: \"NAME\" }`");
  }
  auto missing = [&](const char* what, const std::string& which) {
    return Fail(ErrorKind::kInput, fmt::format("{} has no {} `{}`", files, what, which),
                "kubectl config get-contexts shows what there is");
  };
  auto context = kubeconfig.contexts.find(name);
  if (context == kubeconfig.contexts.end()) return missing("context", name);
  const Value& fields = context->second.fields;
  auto cluster = kubeconfig.clusters.find(Text(fields, "cluster"));
  if (cluster == kubeconfig.clusters.end()) return missing("cluster", Text(fields, "cluster"));
  ClusterConfig config;
  config.origin = fmt::format("context `{}` of {}", name, files);
  auto in_context = [&](Error error) {
    error.message = fmt::format("{}: {}", config.origin, error.message);
    return std::unexpected(std::move(error));
  };
  if (Status taken = TakeCluster(env, cluster->second, config); !taken) {
    return in_context(std::move(taken.error()));
  }
  if (std::string user_name = Text(fields, "user"); !user_name.empty()) {
    auto user = kubeconfig.users.find(user_name);
    if (user == kubeconfig.users.end()) return missing("user", user_name);
    if (Status taken = TakeUser(env, user->second, config); !taken) {
      return in_context(std::move(taken.error()));
    }
  }
  if (std::string space = Text(fields, "namespace"); !space.empty()) config.name_space = space;
  return config;
}

// A pod's own cluster; nullopt: opsc does not run in a pod.
Result<std::optional<ClusterConfig>> InCluster(Env& env) {
  auto host = env.Variable("KUBERNETES_SERVICE_HOST");
  auto port = env.Variable("KUBERNETES_SERVICE_PORT");
  std::string account = kPodAccount;
  if (!host || !port || env.Stat(account + "/token").type == FileType::kMissing) {
    return std::nullopt;
  }
  ClusterConfig config;
  config.origin = "the cluster that opsc runs in";
  bool is_v6 = host->contains(':');
  config.server =
      fmt::format("https://{}{}{}:{}", is_v6 ? "[" : "", *host, is_v6 ? "]" : "", *port);
  OPS_ASSIGN(config.ca, env.ReadFile(account + "/ca.crt"));
  config.token_file = account + "/token";
  if (auto space = env.ReadFile(account + "/namespace"); space && !space->empty()) {
    config.name_space = *space;
  }
  return config;
}

}  // namespace

Result<ClusterConfig> LoadClusterConfig(Env& env, const ClusterRef& ref) {
  Kubeconfig kubeconfig;
  std::string read;
  std::vector<std::string> files = FilesOf(env, ref);
  for (const std::string& file : files) {
    if (env.Stat(file).type == FileType::kMissing) continue;
    OPS_ASSIGN(const std::string text, env.ReadFile(file));
    OPS_TRY(AddKubeconfig(file, text, kubeconfig));
    read += (read.empty() ? "" : ", ") + file;
  }
  ClusterConfig config;
  if (read.empty()) {
    if (!ref.kubeconfig.empty()) {
      return Fail(ErrorKind::kInput, fmt::format("there is no kubeconfig `{}`", ref.kubeconfig));
    }
    OPS_ASSIGN(auto in_cluster, InCluster(env));
    if (!in_cluster) {
      return Fail(ErrorKind::kInput, fmt::format("there is no kubeconfig: {}", files.front()),
                  "set KUBECONFIG, or name a file: `cluster: { kubeconfig: \"PATH\" }`");
    }
    config = std::move(*in_cluster);
  } else {
    OPS_ASSIGN(config, Choose(env, kubeconfig, ref, read));
  }
  if (!ref.name_space.empty()) config.name_space = ref.name_space;
  return config;
}

}  // namespace opsc
