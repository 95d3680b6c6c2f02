#include "compiler/driver/kube/crd_module.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/driver/kube/typed.h"
#include "compiler/kube/instance_text.h"
#include "compiler/kube/schema.h"
#include "runtime/value/fields.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

bool IsStored(const Value& version) {
  const Value* storage = version.Find("storage");
  return storage && storage->is(ValueKind::kBool) && storage->AsBool();
}

// The definition with its storage version alone.
Value StorageVersion(const Value& crd) {
  const Value* spec = crd.Find("spec");
  const Value* versions = spec ? spec->Find("versions") : nullptr;
  if (!versions || !versions->is(ValueKind::kList)) return crd;
  std::vector<Value> stored;
  std::ranges::copy_if(versions->AsList(), std::back_inserter(stored), IsStored);
  return WithField(crd, "spec", WithField(*spec, "versions", Value::List(std::move(stored))));
}

std::string DefinitionsText(const std::vector<Value>& crds) {
  std::string text = "\ncomponent Definitions {\n";
  std::vector<std::string> left_out;
  for (const Value& crd : crds) {
    std::string name = kube::InstanceName(MetadataField(crd, "name"));
    text += kube::InstanceText(crd, {"k8s.CustomResourceDefinition", name, true}, left_out);
  }
  return text + "}\n";
}

}  // namespace

bool IsManifestPath(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

std::string StoredKind(const Value& crd) {
  const Value* spec = crd.Find("spec");
  const Value* names = spec ? spec->Find("names") : nullptr;
  const Value* versions = spec ? spec->Find("versions") : nullptr;
  if (!names || !versions || !versions->is(ValueKind::kList)) return "";
  auto stored = std::ranges::find_if(versions->AsList(), IsStored);
  if (stored == versions->AsList().end()) return "";
  return fmt::format("{}/{} {}", TextField(*spec, "group"), TextField(*stored, "name"),
                     TextField(*names, "kind"));
}

Result<std::string> ModuleOfCrds(std::string_view yaml) {
  OPS_ASSIGN(std::vector<YamlDocument> documents, ReadYaml(yaml));
  std::vector<Value> crds;
  std::vector<Value> stored;
  for (YamlDocument& document : documents) {
    if (document.value.is_null()) continue;
    if (TextField(document.value, "kind") != "CustomResourceDefinition") {
      return Fail(ErrorKind::kInput,
                  fmt::format("line {}: not a CustomResourceDefinition", document.line),
                  "other manifests become sources by `opsc import k8s`");
    }
    stored.push_back(StorageVersion(document.value));
    crds.push_back(std::move(document.value));
  }
  OPS_ASSIGN(kube::SchemaModules modules, kube::SchemasOfCrds(stored));
  if (modules.size() != 1) {
    return Fail(ErrorKind::kInput,
                fmt::format("definitions of {} groups and versions in one file", modules.size()),
                "a module is one group and version: split the file, or write the types with "
                "`opsc schema k8s`");
  }
  OPS_ASSIGN(auto files, kube::WriteSchemas(modules, kube::SchemaPart::kCustom, "opsc"));
  return files[0].text + DefinitionsText(crds);
}

}  // namespace opsc
