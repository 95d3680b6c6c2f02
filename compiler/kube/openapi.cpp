// OpenAPI v3 documents of an API server → modules.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/kube/schema_type.h"

namespace opsc::kube {
namespace {

constexpr std::string_view kRefPrefix = "#/components/schemas/";

// Types whose schema says less than everyone knows of them.
struct WellKnown {
  std::string_view name;  // end of the component's name
  std::string_view type;
};
constexpr std::array kWellKnown{
    WellKnown{"api.resource.Quantity", "k8s.Quantity"},
    WellKnown{"util.intstr.IntOrString", "int | string"},
    WellKnown{"meta.v1.Time", "k8s.Time"},
    WellKnown{"meta.v1.MicroTime", "k8s.Time"},
    WellKnown{"meta.v1.FieldsV1", "{string: any}"},
    WellKnown{"meta.v1.Patch", "{string: any}"},
    WellKnown{"pkg.runtime.RawExtension", "{string: any}"},
    WellKnown{"apiextensions.v1.JSON", "any"},
    WellKnown{"apiextensions.v1.JSONSchemaPropsOrArray", "JSONSchemaProps | [JSONSchemaProps]"},
    WellKnown{"apiextensions.v1.JSONSchemaPropsOrBool", "JSONSchemaProps | bool"},
    WellKnown{"apiextensions.v1.JSONSchemaPropsOrStringArray", "JSONSchemaProps | [string]"},
};

// "io.k8s.api.apps.v1.Deployment" in its parts.
struct ComponentName {
  std::string package;  // "apps"
  std::string version;
  std::string name;
};

ComponentName Split(std::string_view component) {
  ComponentName split;
  size_t last = component.rfind('.');
  split.name = component.substr(last + 1);
  component = component.substr(0, last);
  last = component.rfind('.');
  split.version = component.substr(last + 1);
  component = component.substr(0, last);
  split.package = component.substr(component.rfind('.') + 1);
  return split;
}

bool IsBuiltin(std::string_view component) {
  constexpr std::array<std::string_view, 4> kRoots = {"io.k8s.api.", "io.k8s.apimachinery.",
                                                      "io.k8s.kube-aggregator.",
                                                      "io.k8s.apiextensions-apiserver."};
  return std::ranges::any_of(kRoots,
                             [&](std::string_view root) { return component.starts_with(root); });
}

struct GroupVersionKind {
  std::string group;
  std::string version;
  std::string kind;
};

std::optional<GroupVersionKind> KindOf(const Value& schema) {
  const Value* kinds = schema.Find("x-kubernetes-group-version-kind");
  if (!kinds || !kinds->is(ValueKind::kList) || kinds->AsList().size() != 1) return std::nullopt;
  const Value& first = kinds->AsList()[0];
  auto text = [&](std::string_view name) {
    const Value* value = first.Find(name);
    return value && value->is(ValueKind::kString) ? std::string(value->AsString()) : "";
  };
  return GroupVersionKind{text("group"), text("version"), text("kind")};
}

// Objects that can be created: not lists, options and answers.
bool IsObject(const Value& schema) {
  const Value* properties = schema.Find("properties");
  if (!properties) return false;
  const Value* metadata = properties->Find("metadata");
  return metadata && !properties->Find("items") &&
         ToText(*metadata).find("ListMeta") == std::string::npos;
}

// All documents on their way into modules.
class OpenApi {
 public:
  explicit OpenApi(SchemaPart part) : part_(part) {}

  Status Collect(const Value& document) {
    const Value* components = document.Find("components");
    const Value* schemas = components ? components->Find("schemas") : nullptr;
    if (!document.Find("openapi")) {
      return Fail(ErrorKind::kInput, "a document has no `openapi`",
                  "give the OpenAPI v3 documents of an API server");
    }
    if (!schemas || !schemas->is(ValueKind::kRecord)) return {};
    for (const auto& [name, schema] : schemas->AsRecord()) {
      schemas_.try_emplace(name.str(), schema);
      auto kind = KindOf(schema);
      if (kind && IsBuiltin(name.text())) {
        ComponentName split = Split(name.text());
        groups_.try_emplace(split.package + "/" + split.version, kind->group);
      }
    }
    return {};
  }

  SchemaModules Make() {
    for (const auto& [name, schema] : schemas_) {
      auto kind = KindOf(schema);
      if (!kind || !IsObject(schema) || IsBuiltin(name) != (part_ == SchemaPart::kBuiltin))
        continue;
      SchemaModule& module = ModuleOf(*kind);
      Maker(module).DeclareKind(schema, kind->kind);
    }
    while (!pending_.empty()) {
      auto [name, home] = *pending_.begin();
      pending_.erase(pending_.begin());
      Maker(*home).Declare(schemas_.at(name), TypeNameOf(name));
    }
    return std::move(modules_);
  }

 private:
  SchemaModule& ModuleOf(const GroupVersionKind& kind) {
    bool builtin = part_ == SchemaPart::kBuiltin;
    std::string folder =
        builtin ? BuiltinFolder(kind.group, kind.version) : kind.group + "/" + kind.version;
    SchemaModule& module = modules_[folder];
    module.group = kind.group;
    module.version = kind.version;
    return module;
  }

  // The folder of a built-in component that is no kind: its package, under the name of its group.
  std::string FolderFor(const std::string& component) {
    ComponentName split = Split(component);
    auto group = groups_.find(split.package + "/" + split.version);
    bool named = group != groups_.end() && split.package != "meta";
    return named ? BuiltinFolder(group->second, split.version)
                 : split.package + "/" + split.version;
  }

  SchemaModule& ModuleFor(const std::string& component) {
    SchemaModule& module = modules_[FolderFor(component)];
    if (module.version.empty()) {
      ComponentName split = Split(component);
      auto group = groups_.find(split.package + "/" + split.version);
      module.group = group == groups_.end() ? split.package : group->second;
      module.version = split.version;
    }
    return module;
  }

  TypeMaker Maker(SchemaModule& module) {
    return {module,
            [this](SchemaModule& from, const std::string& ref) { return Refer(from, ref); }};
  }

  std::string Refer(SchemaModule& from, const std::string& ref) {
    std::string name = ref.starts_with(kRefPrefix) ? ref.substr(kRefPrefix.size()) : ref;
    for (const WellKnown& known : kWellKnown) {
      if (!name.ends_with(known.name)) continue;
      if (known.type.starts_with("k8s.")) ImportSupport(from);
      if (known.type.starts_with("JSON") && part_ == SchemaPart::kBuiltin) {
        std::string props = name.substr(0, name.rfind("JSONSchemaPropsOr")) + "JSONSchemaProps";
        if (!from.types.contains("JSONSchemaProps")) pending_.emplace(std::move(props), &from);
      }
      return std::string(known.type);
    }
    auto schema = schemas_.find(name);
    if (schema == schemas_.end()) return "any";
    const Value* properties = schema->second.Find("properties");
    if (!properties) return Maker(from).TypeOf(schema->second, Split(name).name);
    std::string type = TypeNameOf(name);
    bool builtin = IsBuiltin(name);
    if (builtin == (part_ == SchemaPart::kBuiltin)) {
      SchemaModule& home = builtin ? ModuleFor(name) : from;
      bool object = type != Split(name).name;  // comes with its kind
      if (!object && !home.types.contains(type)) pending_.emplace(name, &home);
      if (&home == &from) return type;
    }
    std::string folder = FolderFor(name);
    std::string local = folder;
    std::ranges::replace(local, '/', '_');
    std::string path = folder;
    std::ranges::replace(path, '/', '.');
    from.imports[local] = "std.k8s." + path;
    return local + "." + type;
  }

  // An object that is part of another is data: its declaration has a name of its own.
  std::string TypeNameOf(const std::string& component) const {
    const Value& schema = schemas_.at(component);
    bool object = KindOf(schema) && IsObject(schema);
    return Split(component).name + (object ? "Object" : "");
  }

  SchemaPart part_;
  std::map<std::string, Value> schemas_;
  std::map<std::string, std::string> groups_;     // package/version -> API group
  std::map<std::string, SchemaModule*> pending_;  // components that are named and not declared yet
  SchemaModules modules_;
};

}  // namespace

std::string BuiltinFolder(const std::string& group, const std::string& version) {
  std::string label = group.substr(0, group.find('.'));
  return (label.empty() ? "core" : label) + "/" + version;
}

Result<SchemaModules> SchemasOfOpenApi(const std::vector<Value>& documents, SchemaPart part) {
  OpenApi all(part);
  for (const Value& document : documents) OPS_TRY(all.Collect(document));
  return all.Make();
}

}  // namespace opsc::kube
