// `opsc schema k8s`: types of Kubernetes objects as `.ops` sources.
#include <fmt/format.h>

#include <set>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/kube/cluster_schemas.h"
#include "compiler/driver/kube/manifests.h"
#include "compiler/kube/schema.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--from", "PATH", "a file or directory of OpenAPI v3 JSON or CRD YAML (repeatable)"},
    {"--cluster", "", "the custom resources of the cluster of the kubeconfig"},
    {"--context", "NAME", "of the kubeconfig, for --cluster (default: the current one)"},
    {"-o,--out", "DIR", "write below this directory (default: .)"},
    {"--builtin", "", "the built-in groups, as std.k8s itself holds them"},
};

// A directory gives the files in it that look like schemas.
Result<std::vector<std::string>> FilesAt(Env& env, const std::string& path) {
  if (env.Stat(path + "/").type != FileType::kDirectory) return std::vector{path};
  std::vector<std::string> files;
  OPS_ASSIGN(auto entries, env.List(path));
  for (const DirEntry& entry : entries) {
    std::string_view name = entry.name;
    bool schema = name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".yml");
    if (schema) files.push_back(JoinPath(path, entry.name));
  }
  return files;
}

struct Documents {
  std::vector<Value> open_api;
  std::vector<Value> others;
};

Status ReadDocuments(Env& env, const std::string& path, Documents& documents) {
  OPS_ASSIGN(std::vector<std::string> files, FilesAt(env, path));
  for (const std::string& file : files) {
    OPS_ASSIGN(std::vector<LocatedObject> found, ReadManifests(env, file));
    for (LocatedObject& manifest : found) {
      bool open_api = manifest.value.Find("openapi") != nullptr;
      (open_api ? documents.open_api : documents.others).push_back(std::move(manifest.value));
    }
  }
  return {};
}

Result<kube::SchemaModules> ModulesOf(const Documents& documents, kube::SchemaPart part) {
  OPS_ASSIGN(kube::SchemaModules modules, kube::SchemasOfOpenApi(documents.open_api, part));
  OPS_ASSIGN(kube::SchemaModules custom, kube::SchemasOfCrds(documents.others));
  for (auto& [folder, module] : custom) modules.insert_or_assign(folder, std::move(module));
  return modules;
}

Status WriteFiles(Env& env, const std::string& directory,
                  const std::vector<kube::SchemaFile>& files) {
  for (const kube::SchemaFile& file : files) {
    std::string path = JoinPath(directory, file.path);
    OPS_TRY(env.MakeDirs(std::string(DirName(path))));
    OPS_TRY(env.WriteFile(path, file.text, 0644));
    WriteOut(path + "\n");
  }
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  if (args.Values("from").empty() && !args.Flag("cluster")) {
    return Fail(ErrorKind::kInput, "nothing to read types from",
                "give `--from crds.yaml`, or `--cluster`");
  }
  bool builtin = args.Flag("builtin");
  auto part = builtin ? kube::SchemaPart::kBuiltin : kube::SchemaPart::kCustom;
  Documents documents;
  for (const std::string& path : args.Values("from")) {
    OPS_TRY(ReadDocuments(*session.env, path, documents));
  }
  if (args.Flag("cluster")) {
    std::string context = args.ValueOr("context", "");
    OPS_ASSIGN(documents.open_api, OpenApiOfCluster(*session.env, context, part));
  }
  OPS_ASSIGN(kube::SchemaModules modules, ModulesOf(documents, part));
  if (modules.empty()) {
    return Fail(
        ErrorKind::kInput, "there are no types in what was read",
        "OpenAPI v3 documents and CustomResourceDefinitions are read; the types of built-in "
        "groups are in std.k8s");
  }
  std::string command = builtin ? "opsc schema k8s --builtin" : "opsc schema k8s";
  OPS_ASSIGN(auto files, kube::WriteSchemas(modules, part, command));
  OPS_TRY(WriteFiles(*session.env, args.ValueOr("out", "."), files));
  return kExitOk;
}

}  // namespace

extern const Command kSchemaK8sCommand = {
    .name = "schema k8s",
    .summary = "types of custom resources as .ops sources",
    .example = "opsc schema k8s --from crds.yaml -o crds",
    .run = Run,
    .options = kOptions,
    .details =
        "Reads CustomResourceDefinitions (YAML or JSON) and the OpenAPI v3 documents that an API "
        "server\n"
        "serves below /openapi/v3. One folder a group and version:\n"
        "`import \"./crds/example.org/v1\" as example`.",
};

}  // namespace opsc
