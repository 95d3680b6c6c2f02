#include "runtime/kube/cluster_config.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

constexpr const char* kTwoContexts = R"(
apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: c1
  cluster: { server: "https://one:6443/", certificate-authority: ca.pem, tls-server-name: api.one }
- name: c2
  cluster: { server: "https://two:6443", certificate-authority-data: Q0E=, proxy-url: "http://proxy:3128" }
users:
- name: u1
  user: { client-certificate: /pki/u1.crt, client-key-data: S0VZ }
- name: u2
  user: { tokenFile: token, as: admin, as-groups: [a, b] }
contexts:
- name: prod
  context: { cluster: c1, user: u1, namespace: shop }
- name: stage
  context: { cluster: c2, user: u2 }
)";

MemoryEnv WithFiles() {
  MemoryEnv env;
  auto add = [&](const std::string& path, const std::string& text) {
    MemoryEnv::Node node;
    node.content = text;
    env.nodes[path] = node;
  };
  add("/home/kube", kTwoContexts);
  add("/home/ca.pem", "AUTHORITY");
  add("/pki/u1.crt", "CERTIFICATE");
  env.variables["KUBECONFIG"] = "/home/kube";
  return env;
}

TEST(ClusterConfig, TakesTheCurrentContextWithFilesBesideIt) {
  MemoryEnv env = WithFiles();
  auto config = LoadClusterConfig(env, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://one:6443");
  EXPECT_EQ(config->ca, "AUTHORITY");
  EXPECT_EQ(config->certificate, "CERTIFICATE");
  EXPECT_EQ(config->key, "KEY");
  EXPECT_EQ(config->server_name, "api.one");
  EXPECT_EQ(config->name_space, "shop");
  EXPECT_EQ(config->origin, "context `prod` of /home/kube");
}

TEST(ClusterConfig, TakesANamedContext) {
  MemoryEnv env = WithFiles();
  auto config = LoadClusterConfig(env, {"", "stage", "other"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ca, "CA");
  EXPECT_EQ(config->proxy, "http://proxy:3128");
  EXPECT_EQ(config->token_file, "/home/token");
  EXPECT_EQ(config->impersonate, "admin");
  EXPECT_EQ(config->impersonate_groups, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config->name_space, "other");
}

TEST(ClusterConfig, MergesFilesAndTheFirstOneCounts) {
  MemoryEnv env = WithFiles();
  env.nodes["/first"].content =
      "clusters: [{name: c1, cluster: {server: \"https://first:1\"}}]\ncurrent-context: stage\n";
  env.variables["KUBECONFIG"] = "/first:/missing:/home/kube";
  auto stage = LoadClusterConfig(env, {});
  ASSERT_TRUE(stage) << stage.error().message;
  EXPECT_EQ(stage->server, "https://two:6443");
  auto prod = LoadClusterConfig(env, {"", "prod", ""});
  ASSERT_TRUE(prod) << prod.error().message;
  EXPECT_EQ(prod->server, "https://first:1");
}

std::string ErrorWith(const std::string& from, const std::string& to, const ClusterRef& ref = {}) {
  MemoryEnv env = WithFiles();
  std::string& text = env.nodes["/home/kube"].content;
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  auto config = LoadClusterConfig(env, ref);
  return config ? "(no error)" : config.error().message;
}

TEST(ClusterConfig, SaysWhatIsWrong) {
  EXPECT_EQ(ErrorWith("current-context: prod", ""), "/home/kube names no current context");
  EXPECT_EQ(ErrorWith("", "", {"", "test", ""}), "/home/kube has no context `test`");
  EXPECT_EQ(ErrorWith("cluster: c1,", "cluster: c9,"), "/home/kube has no cluster `c9`");
  EXPECT_EQ(ErrorWith("ca.pem,", "ca.pem, insecure-skip-tls-verify: true,"),
            "context `prod` of /home/kube: `insecure-skip-tls-verify` is not obeyed");
  EXPECT_EQ(ErrorWith("https://one", "http://one"),
            "context `prod` of /home/kube: `server` is `http://one:6443`, which is not https");
  EXPECT_EQ(ErrorWith("S0VZ", "\"%%\""),
            "context `prod` of /home/kube: `client-key-data` is no base64");
  EXPECT_EQ(ErrorWith("clusters:", "clusters: ["), "`/home/kube` is no YAML: line 6, column 1");
  EXPECT_EQ(ErrorWith("", "", {"/nowhere", "", ""}), "there is no kubeconfig `/nowhere`");
}

TEST(ClusterConfig, ReadsAnExecPlugin) {
  MemoryEnv env = WithFiles();
  std::string& text = env.nodes["/home/kube"].content;
  const std::string from = "client-certificate: /pki/u1.crt, client-key-data: S0VZ";
  text.replace(text.find(from), from.size(),
               "exec: { apiVersion: client.authentication.k8s.io/v1, command: bin/login, "
               "args: [get], env: [{ name: A, value: B }], provideClusterInfo: true }");
  auto config = LoadClusterConfig(env, {});
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->exec);
  EXPECT_EQ(config->exec->command, "/home/bin/login");
  EXPECT_EQ(config->exec->args, std::vector<std::string>{"get"});
  EXPECT_EQ(config->exec->env.at("A"), "B");
  EXPECT_TRUE(config->exec->wants_cluster);
}

TEST(ClusterConfig, IsThePodsOwnWhereNothingElseIs) {
  MemoryEnv env;
  env.variables["HOME"] = "/root";
  EXPECT_EQ(LoadClusterConfig(env, {}).error().message,
            "there is no kubeconfig: /root/.kube/config");
  env.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  env.variables["KUBERNETES_SERVICE_PORT"] = "443";
  const std::string account = "/var/run/secrets/kubernetes.io/serviceaccount/";
  env.nodes[account + "token"].content = "secret";
  env.nodes[account + "ca.crt"].content = "AUTHORITY";
  env.nodes[account + "namespace"].content = "ops";
  auto config = LoadClusterConfig(env, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->token_file, account + "token");
  EXPECT_EQ(config->name_space, "ops");
}

}  // namespace
}  // namespace opsc
