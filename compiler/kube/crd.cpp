// CustomResourceDefinitions → modules.
#include <fmt/format.h>

#include "compiler/kube/schema_type.h"

namespace opsc::kube {
namespace {

std::string TextAt(const Value& object, std::initializer_list<std::string_view> path) {
  const Value* at = &object;
  for (std::string_view name : path) {
    at = at->Find(name);
    if (!at) return "";
  }
  return at->is(ValueKind::kString) ? std::string(at->AsString()) : "";
}

std::string NoReference(SchemaModule&, const std::string&) {
  return "any";  // structural schemas have none
}

Status AddVersion(const Value& crd, const Value& version, SchemaModules& modules) {
  std::string group = TextAt(crd, {"spec", "group"});
  std::string kind = TextAt(crd, {"spec", "names", "kind"});
  std::string name = TextAt(version, {"name"});
  if (group.empty() || kind.empty() || name.empty()) {
    return Fail(ErrorKind::kInput,
                "a CustomResourceDefinition without `spec.group`, `spec.names.kind` or the name of "
                "a version");
  }
  SchemaModule& module = modules[group + "/" + name];
  module.group = group;
  module.version = name;
  const Value* schema = version.Find("schema");
  schema = schema ? schema->Find("openAPIV3Schema") : nullptr;
  TypeMaker maker(module, NoReference);
  if (schema && schema->Find("properties")) {
    maker.DeclareKind(*schema, kind);
  } else {
    maker.DeclareKind(Value::Record({}), kind);
    module.notes.push_back("`" + kind +
                           "` has no schema: only what every object has can be given.");
  }
  return {};
}

Status AddCrd(const Value& crd, SchemaModules& modules) {
  const Value* spec = crd.Find("spec");
  const Value* versions = spec ? spec->Find("versions") : nullptr;
  if (!versions || !versions->is(ValueKind::kList)) {
    return Fail(ErrorKind::kInput,
                fmt::format("the CustomResourceDefinition `{}` has no `spec.versions`",
                            TextAt(crd, {"metadata", "name"})),
                "apiextensions.k8s.io/v1 is read; convert older ones with `kubectl convert`");
  }
  for (const Value& version : versions->AsList()) OPS_TRY(AddVersion(crd, version, modules));
  return {};
}

}  // namespace

Result<SchemaModules> SchemasOfCrds(const std::vector<Value>& documents) {
  SchemaModules modules;
  for (const Value& document : documents) {
    if (!document.is(ValueKind::kRecord) ||
        TextAt(document, {"kind"}) != "CustomResourceDefinition")
      continue;
    OPS_TRY(AddCrd(document, modules));
  }
  return modules;
}

}  // namespace opsc::kube
