#include "runtime/kube/exec_credential.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

extern char** environ;  // POSIX has it in no header

#include "runtime/base/argv.h"

namespace opsc {
namespace {

using Json = nlohmann::json;
constexpr auto kLongest = std::chrono::seconds(60);
constexpr size_t kLargest = 1 << 20;

// What the plugin finds in KUBERNETES_EXEC_INFO.
std::string ExecInfo(const ClusterConfig& config, const ExecPlugin& plugin) {
  Json spec = {{"interactive", false}};
  if (plugin.wants_cluster) {
    spec["cluster"] = {{"server", config.server}};
    if (!config.ca.empty()) spec["cluster"]["certificate-authority-data"] = config.ca;
    if (!config.server_name.empty()) spec["cluster"]["tls-server-name"] = config.server_name;
    if (!config.proxy.empty()) spec["cluster"]["proxy-url"] = config.proxy;
  }
  return Json{{"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", spec}}
      .dump();
}

std::vector<std::string> EnvironmentOf(const ClusterConfig& config, const ExecPlugin& plugin) {
  std::map<std::string, std::string> own = plugin.env;
  own["KUBERNETES_EXEC_INFO"] = ExecInfo(config, plugin);
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string name(*entry, strcspn(*entry, "="));
    if (!own.contains(name)) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
  return all;
}

std::unexpected<Error> PluginFailed(const ExecPlugin& plugin, const std::string& how) {
  return Fail(ErrorKind::kEnvironment,
              fmt::format("the credential plugin `{}` {}", plugin.command, how),
              plugin.install_hint.empty() ? "run it by hand to see why" : plugin.install_hint);
}

// A started program whose standard output is read.
struct Child {
  pid_t pid = -1;
  int out = -1;
};

Result<Child> Start(const ClusterConfig& config, const ExecPlugin& plugin) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return FailErrno("pipe", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::vector<std::string> words = plugin.args;
  words.insert(words.begin(), plugin.command);
  std::vector<std::string> environment = EnvironmentOf(config, plugin);
  Child child;
  int failed = posix_spawnp(&child.pid, plugin.command.c_str(), &actions, nullptr,
                            ArgvOf(words).data(), ArgvOf(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return PluginFailed(plugin, fmt::format("cannot be run: {}", strerror(failed)));
  }
  child.out = ends[0];
  return child;
}

// All that the child prints; ends it where it takes too long.
Result<std::string> Collect(const Child& child, const ExecPlugin& plugin,
                            const std::stop_token& stop) {
  std::string text;
  auto deadline = std::chrono::steady_clock::now() + kLongest;
  char buffer[4096];
  for (;;) {
    bool late = std::chrono::steady_clock::now() >= deadline || text.size() > kLargest;
    if (late || stop.stop_requested()) {
      kill(child.pid, SIGKILL);
      if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "cancelled");
      return PluginFailed(plugin, "took too long or printed too much, and was ended");
    }
    pollfd waiting{child.out, POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    ssize_t count = read(child.out, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

std::string TextAt(const Json& object, const char* name) {
  auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : "";
}

// RFC 3339 in UTC, to the second.
std::optional<Time> TimeOf(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

Result<ExecCredential> Read(const ExecPlugin& plugin, const std::string& text) {
  Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("status") || !document["status"].is_object()) {
    return PluginFailed(plugin, "printed no ExecCredential with a status");
  }
  const Json& status = document["status"];
  ExecCredential credential;
  credential.token = TextAt(status, "token");
  credential.certificate = TextAt(status, "clientCertificateData");
  credential.key = TextAt(status, "clientKeyData");
  if (std::string expires = TextAt(status, "expirationTimestamp"); !expires.empty()) {
    credential.expires = TimeOf(expires);
  }
  if (credential.token.empty() && credential.certificate.empty()) {
    return PluginFailed(plugin, "printed neither a token nor a certificate");
  }
  return credential;
}

}  // namespace

Result<ExecCredential> RunExecPlugin(const ClusterConfig& config, std::stop_token stop) {
  const ExecPlugin& plugin = *config.exec;
  OPS_ASSIGN(const Child child, Start(config, plugin));
  auto text = Collect(child, plugin, stop);
  close(child.out);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return std::unexpected(std::move(text.error()));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return PluginFailed(plugin, WIFEXITED(status)
                                    ? fmt::format("ended with exit code {}", WEXITSTATUS(status))
                                    : fmt::format("was ended by signal {}", WTERMSIG(status)));
  }
  return Read(plugin, *text);
}

}  // namespace opsc
