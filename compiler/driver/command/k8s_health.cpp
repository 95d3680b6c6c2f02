// `opsc k8s health`: how objects do, as files; no cluster needed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/kube/health.h"
#include "compiler/driver/kube/manifests.h"
#include "compiler/driver/kube/typed.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--output", "FORMAT", "one line an object", "text|json"},
};

std::string JsonLine(const Value& object, const Health& health) {
  nlohmann::ordered_json line;
  line["kind"] = TextField(object, "kind");
  line["namespace"] = MetadataField(object, "namespace");
  line["name"] = MetadataField(object, "name");
  line["status"] = HealthName(health.status);
  line["message"] = health.message;
  return line.dump() + "\n";
}

std::string TextLine(const Value& object, const Health& health) {
  std::string space = MetadataField(object, "namespace");
  std::string name = (space.empty() ? "" : space + "/") + MetadataField(object, "name");
  std::string message = health.message.empty() ? "" : "  " + health.message;
  return fmt::format("{:<11}  {} {}{}\n", HealthName(health.status), TextField(object, "kind"),
                     name, message);
}

Result<int> Run(CliSession& session, const Args& args) {
  bool json = args.ValueOr("output", "text") == "json";
  HealthJudge judge = MakeHealthJudge();
  for (const std::string& path : args.positional) {
    OPS_TRY(ForEachManifest(*session.env, path, [&](const LocatedObject& manifest) -> Status {
      OPS_ASSIGN(Health health, judge(manifest.value));
      WriteOut(json ? JsonLine(manifest.value, health) : TextLine(manifest.value, health));
      return {};
    }));
  }
  return kExitOk;
}

}  // namespace

extern const Command kK8sHealthCommand = {
    .name = "k8s health",
    .summary = "how Kubernetes objects do, told from their status",
    .example = "kubectl get pods -o json | opsc k8s health -",
    .run = Run,
    .positional = {"FILE", 1, kAnyNumber, Completes::kFiles},
    .options = kOptions,
    .details =
        "Reads YAML and JSON streams (`-`: the standard input). Statuses and messages are those "
        "of\n"
        "Argo CD; the rules are std.k8s.health, written in .ops."};

}  // namespace opsc
