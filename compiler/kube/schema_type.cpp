#include "compiler/kube/schema_type.h"

#include <re2/re2.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace opsc::kube {
namespace {

std::string TextIn(const Value& schema, std::string_view name) {
  const Value* value = schema.Find(name);
  return value && value->is(ValueKind::kString) ? std::string(value->AsString()) : "";
}

bool Says(const Value& schema, std::string_view name) {
  const Value* value = schema.Find(name);
  return value && value->is(ValueKind::kBool) && value->AsBool();
}

bool HasEntries(const Value* value) {
  if (!value) return false;
  if (value->is(ValueKind::kRecord)) return !value->AsRecord().empty();
  return value->is(ValueKind::kList) && !value->AsList().empty();
}

bool IsRequired(const Value& schema, std::string_view name) {
  const Value* required = schema.Find("required");
  if (!required || !required->is(ValueKind::kList)) return false;
  return std::ranges::any_of(required->AsList(), [&](const Value& entry) {
    return entry.is(ValueKind::kString) && entry.AsString() == name;
  });
}

// "80": the bound of a range, or "" where the schema has none.
std::string Bound(const Value& schema, std::string_view name) {
  const Value* value = schema.Find(name);
  if (!value) return "";
  if (value->is(ValueKind::kInt)) return fmt::to_string(value->AsInt());
  if (!value->is(ValueKind::kFloat) ||
      value->AsFloat() != static_cast<double>(static_cast<int64_t>(value->AsFloat()))) {
    return "";
  }
  return fmt::to_string(static_cast<int64_t>(value->AsFloat()));
}

std::string Range(const Value& schema, std::string_view low, std::string_view high) {
  std::string from = Bound(schema, low);
  std::string to = Bound(schema, high);
  if (from.empty() && to.empty()) return "";
  return from + ".." + to;
}

// A pattern of a schema may match anywhere; one of `.ops` matches the whole text. "" where RE2
// cannot read it.
std::string WholePattern(const std::string& pattern) {
  if (pattern.empty()) return "";
  bool whole =
      pattern.starts_with('^') && pattern.ends_with('$') && pattern.find('|') == pattern.npos;
  std::string text = whole ? pattern : "(?s:.*)(?:" + pattern + ")(?s:.*)";
  if (!re2::RE2(text, re2::RE2::Quiet).ok()) return "";
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') return "";
    if (text[i] == '/') escaped += '\\';
    escaped += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) escaped += text[++i];
  }
  return "/" + escaped + "/";
}

std::string Capitalised(std::string_view name) {
  std::string text;
  bool up = true;
  for (char byte : name) {
    bool word = (std::isalnum(static_cast<unsigned char>(byte)) != 0);
    if (!word) {
      up = true;
      continue;
    }
    text += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(byte))) : byte;
    up = false;
  }
  return text;
}

std::string Optional(std::string type) {
  if (type.ends_with('?')) return type;
  bool atom = type.find(" | ") == type.npos;
  return atom ? type + "?" : "(" + type + ")?";
}

// `any` holds null already: a field of it is optional by its default.
void MakeOptional(FieldDecl& field) {
  if (field.type == "any") {
    field.default_value = "null";
  } else {
    field.type = Optional(field.type);
  }
}

std::string ListOf(const std::string& element) {
  return "[" + element + "]";
}

// "x.name", or a record of several keys.
std::string KeyText(const std::vector<std::string>& keys) {
  if (keys.size() == 1) return "x => x." + keys[0];
  std::string text;
  for (const std::string& key : keys)
    text += fmt::format("{} {}: x.{}", text.empty() ? "" : ",", key, key);
  return "x => {" + text + " }";
}

bool IsName(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::ranges::all_of(
             text, [](unsigned char byte) { return std::isalnum(byte) != 0 || byte == '_'; });
}

// Fields that an object has whatever its schema says.
constexpr std::array<std::string_view, 3> kOfEveryObject = {"apiVersion", "kind", "metadata"};

// The one schema in `allOf: [{$ref}]`, which OpenAPI needs to put a description beside a `$ref`.
const Value& Unwrapped(const Value& schema) {
  const Value* all = schema.Find("allOf");
  bool wraps =
      all && all->is(ValueKind::kList) && all->AsList().size() == 1 && !schema.Find("properties");
  return wraps ? all->AsList()[0] : schema;
}

// Of an API object: fields that cannot be changed once it is there.
bool IsImmutable(const Value& schema) {
  const Value* rules = schema.Find("x-kubernetes-validations");
  if (!rules || !rules->is(ValueKind::kList)) return false;
  return std::ranges::any_of(
      rules->AsList(), [](const Value& rule) { return TextIn(rule, "rule") == "self == oldSelf"; });
}

// What the API refuses to change and its schema does not say.
struct ImmutableField {
  std::string_view group;
  std::string_view type;
  std::string_view field;
};
constexpr std::array kImmutable{
    ImmutableField{"", "PersistentVolumeClaimSpec", "accessModes"},
    ImmutableField{"", "PersistentVolumeClaimSpec", "selector"},
    ImmutableField{"", "PersistentVolumeClaimSpec", "storageClassName"},
    ImmutableField{"", "PersistentVolumeClaimSpec", "volumeMode"},
    ImmutableField{"", "Secret", "type"},
    ImmutableField{"apps", "DaemonSetSpec", "selector"},
    ImmutableField{"apps", "DeploymentSpec", "selector"},
    ImmutableField{"apps", "ReplicaSetSpec", "selector"},
    ImmutableField{"apps", "StatefulSetSpec", "podManagementPolicy"},
    ImmutableField{"apps", "StatefulSetSpec", "selector"},
    ImmutableField{"apps", "StatefulSetSpec", "serviceName"},
    ImmutableField{"apps", "StatefulSetSpec", "volumeClaimTemplates"},
    ImmutableField{"batch", "JobSpec", "completionMode"},
    ImmutableField{"batch", "JobSpec", "selector"},
    ImmutableField{"batch", "JobSpec", "template"},
    ImmutableField{"networking.k8s.io", "IngressClassSpec", "controller"},
    ImmutableField{"node.k8s.io", "RuntimeClass", "handler"},
    ImmutableField{"rbac.authorization.k8s.io", "ClusterRoleBinding", "roleRef"},
    ImmutableField{"rbac.authorization.k8s.io", "RoleBinding", "roleRef"},
    ImmutableField{"scheduling.k8s.io", "PriorityClass", "value"},
    ImmutableField{"storage.k8s.io", "StorageClass", "parameters"},
    ImmutableField{"storage.k8s.io", "StorageClass", "provisioner"},
    ImmutableField{"storage.k8s.io", "StorageClass", "reclaimPolicy"},
    ImmutableField{"storage.k8s.io", "StorageClass", "volumeBindingMode"},
};

bool IsKnownImmutable(const SchemaModule& module, std::string_view type, std::string_view field) {
  return std::ranges::any_of(kImmutable, [&](const ImmutableField& row) {
    return row.group == module.group && row.type == type && row.field == field;
  });
}

bool IsSecretData(const SchemaModule& module, std::string_view type, std::string_view field) {
  return module.group.empty() && type == "Secret" && (field == "data" || field == "stringData");
}

}  // namespace

void ImportSupport(SchemaModule& module) {
  module.imports["k8s"] = "std.k8s";
}

std::string TypeMaker::TypeOfText(const Value& schema, const std::string&) {
  std::string format = TextIn(schema, "format");
  ImportSupport(module_);
  if (format == "date-time") return "k8s.Time";
  if (format == "int-or-string") return "int | string";
  std::string range = Range(schema, "minLength", "maxLength");
  std::string pattern = WholePattern(TextIn(schema, "pattern"));
  if (range.empty() && pattern.empty()) return "string";
  return fmt::format("string({}{}{})", range, range.empty() || pattern.empty() ? "" : ", ",
                     pattern);
}

std::string TypeMaker::TypeOfObject(const Value& schema, const std::string& name) {
  const Value* values = schema.Find("additionalProperties");
  if (values && values->is(ValueKind::kRecord) && HasEntries(values)) {
    return "{string: " + TypeOf(*values, name + "Value") + "}";
  }
  bool open = Says(schema, "x-kubernetes-preserve-unknown-fields") ||
              !HasEntries(schema.Find("properties"));
  if (open) return "{string: any}";
  Declare(schema, name);
  return name;
}

std::string TypeMaker::TypeOf(const Value& given, const std::string& name) {
  const Value& schema = Unwrapped(given);
  if (std::string ref = TextIn(schema, "$ref"); !ref.empty()) return refer_(module_, ref);
  auto nullable = [&](std::string type) {
    return Says(schema, "nullable") ? Optional(type) : type;
  };
  if (Says(schema, "x-kubernetes-int-or-string")) return nullable("int | string");
  if (Says(schema, "x-kubernetes-embedded-resource")) return nullable("{string: any}");
  if (const Value* choices = schema.Find("enum"); HasEntries(choices)) {
    std::string text;
    for (const Value& choice : choices->AsList()) {
      if (choice.is_null()) continue;
      text += (text.empty() ? "" : " | ") + ToText(choice);
    }
    return nullable(text);
  }
  std::string type = TextIn(schema, "type");
  if (type == "string") return nullable(TypeOfText(schema, name));
  if (type == "boolean") return nullable("bool");
  if (type == "number") return nullable("int | float");
  if (type == "integer") {
    std::string range = Range(schema, "minimum", "maximum");
    return nullable(range.empty() ? "int" : "int(" + range + ")");
  }
  if (type == "array") {
    const Value* items = schema.Find("items");
    return nullable(ListOf(items ? TypeOf(*items, name) : "any"));
  }
  bool object = type == "object" || HasEntries(schema.Find("properties"));
  return object ? nullable(TypeOfObject(schema, name)) : "any";
}

std::vector<FieldDecl> TypeMaker::FieldsOf(const Value& schema, const std::string& name,
                                           std::span<const std::string_view> except) {
  std::vector<FieldDecl> fields;
  const Value* properties = schema.Find("properties");
  if (!properties) return fields;
  for (const auto& [field, property] : properties->AsRecord()) {
    if (std::ranges::find(except, field.text()) != except.end()) continue;
    FieldDecl decl;
    decl.name = field.str();
    decl.type = TypeOf(property, name + Capitalised(decl.name));
    decl.immutable = IsImmutable(property) || IsKnownImmutable(module_, name, decl.name);
    if (IsSecretData(module_, name, decl.name)) decl.type = "{string: secret string}";
    if (!IsRequired(schema, decl.name)) MakeOptional(decl);
    fields.push_back(std::move(decl));
  }
  std::ranges::sort(fields, {}, &FieldDecl::name);
  return fields;
}

// `x-kubernetes-list-type: map` and `set`: an entry of the same key is refused by the API.
void TypeMaker::AddListChecks(const Value& schema, TypeDecl& type) {
  const Value* properties = schema.Find("properties");
  bool observed = !properties || type.name.ends_with("Status");  // written by the cluster
  for (const FieldDecl& field : type.fields) {
    if (observed) break;
    const Value* property = properties->Find(field.name);
    if (!property || !IsName(field.name) || field.is_out) continue;
    std::string kind = TextIn(*property, "x-kubernetes-list-type");
    const Value* keys = property->Find("x-kubernetes-list-map-keys");
    std::vector<std::string> names;
    if (kind == "map" && keys && keys->is(ValueKind::kList)) {
      for (const Value& key : keys->AsList()) names.emplace_back(key.AsString());
    }
    if (names.empty() || !std::ranges::all_of(names, IsName)) continue;
    std::string list =
        field.type.ends_with('?') ? "self." + field.name + " ?? []" : "self." + field.name;
    type.checks.push_back(
        fmt::format("length(distinct(map({0}, {1}))) == length({0}) else \"two entries of `{2}` "
                    "have the same {3}\"",
                    list, KeyText(names), field.name, fmt::join(names, " and ")));
  }
}

void TypeMaker::Declare(const Value& schema, const std::string& name) {
  if (module_.types.contains(name)) return;
  module_.types[name].name = name;  // before its fields: it may hold itself
  TypeDecl type;
  type.name = name;
  type.fields = FieldsOf(schema, name);
  AddListChecks(schema, type);
  module_.types[name] = std::move(type);
}

// The object as data: part of another, or what a cluster has. Nothing in it is required.
void TypeMaker::DeclareObject(const Value& schema, const std::string& kind) {
  TypeDecl type;
  type.name = kind + "Object";
  type.fields = {{"apiVersion", "string?"}, {"kind", "string?"}, {"metadata", "k8s.ObjectMeta?"}};
  for (FieldDecl& field : FieldsOf(schema, kind, kOfEveryObject)) {
    MakeOptional(field);
    type.fields.push_back(std::move(field));
  }
  module_.types[type.name] = std::move(type);
}

void TypeMaker::DeclareKind(const Value& schema, const std::string& kind) {
  ImportSupport(module_);
  module_.types[kind].name = kind;
  std::string api_version = Quote(module_.api_version());
  TypeDecl type;
  type.name = kind;
  type.is_kind = true;
  type.fields = {{"apiVersion", api_version, api_version},
                 {"kind", Quote(kind), Quote(kind)},
                 {"metadata", "k8s.ObjectMeta"}};
  for (FieldDecl& field : FieldsOf(schema, kind, kOfEveryObject)) {
    field.is_out = field.name == "status";
    if (field.is_out && field.type.ends_with('?')) field.type.pop_back();
    if (field.is_out) field.default_value.clear();
    type.fields.push_back(std::move(field));
  }
  bool has_status = std::ranges::any_of(type.fields, &FieldDecl::is_out);
  if (!has_status) type.fields.push_back({"status", "any", "", true});
  type.fields.push_back({"cluster", "k8s.Cluster?"});
  type.fields.push_back({"uid", "string", "", true});
  AddListChecks(schema, type);
  module_.types[kind] = std::move(type);
  DeclareObject(schema, kind);
}

}  // namespace opsc::kube
