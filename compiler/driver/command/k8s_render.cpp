// `opsc k8s render`: the objects of the program as manifests.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/kube/render.h"
#include "compiler/driver/project/prepare.h"
#include "compiler/driver/project/targets.h"
#include "runtime/value/json.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--output", "FORMAT", "of the manifests", "yaml|json"},
    {"--reveal", "", "print secrets in clear"},
};

Result<std::vector<const Node*>> ChosenNodes(const Prepared& prepared,
                                             const std::vector<std::string>& words) {
  const Evaluation& evaluation = *prepared.program->evaluation;
  OPS_ASSIGN(auto targets, ResolveTargets(evaluation, {}, words));
  std::vector<const Node*> nodes;
  for (const Node& node : prepared.graph().nodes) {
    bool wanted = words.empty() || std::ranges::find(targets, node.address) != targets.end();
    if (wanted && node.type == kKubernetesKind) nodes.push_back(&node);
  }
  return nodes;
}

Result<std::vector<Value>> Manifests(const std::vector<const Node*>& nodes, bool reveal) {
  std::vector<Value> manifests;
  for (const Node* node : nodes) {
    if (node->fields.has_secret() && !reveal) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` holds secrets", node->address),
                  "`--reveal` prints them in clear");
    }
    OPS_ASSIGN(Value manifest, ManifestOf(*node));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

std::string AsYaml(const std::vector<Value>& manifests) {
  std::string text;
  for (const Value& manifest : manifests)
    text += (text.empty() ? "" : "---\n") + WriteYaml(manifest);
  return text;
}

// One object as it is; several as a list, which every client takes.
std::string AsJson(const std::vector<Value>& manifests) {
  Value all = manifests.size() == 1 ? manifests[0]
                                    : Value::Record({{Symbol("apiVersion"), Value::String("v1")},
                                                     {Symbol("kind"), Value::String("List")},
                                                     {Symbol("items"), Value::List(manifests)}});
  return ToJson(all, SecretPolicy::kReveal, 2) + "\n";
}

Result<int> Run(CliSession& session, const Args& args) {
  bool reveal = args.Flag("reveal");
  PrepareOptions options;
  options.secrets = reveal ? Secrets::kRead : Secrets::kUnknown;
  OPS_ASSIGN(auto prepared, Prepare(session, args, options));
  if (!prepared) return kExitError;
  OPS_ASSIGN(auto nodes, ChosenNodes(*prepared, args.positional));
  OPS_ASSIGN(auto manifests, Manifests(nodes, reveal));
  WriteOut(args.ValueOr("output", "yaml") == "json" ? AsJson(manifests) : AsYaml(manifests));
  return kExitOk;
}

}  // namespace

extern const Command kK8sRenderCommand = {
    .name = "k8s render",
    .summary = "the program's Kubernetes objects as YAML or JSON",
    .example = "opsc k8s render -o yaml web",
    .run = Run,
    .positional = {"TARGET", 0, kAnyNumber, Completes::kAddresses},
    .options = kOptions,
    .groups = kProgramGroup,
    .details = "Touches no cluster. Secrets are printed only with --reveal."};

}  // namespace opsc
