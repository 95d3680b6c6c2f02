#include "runtime/kube/object_history.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/kube/clusters.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/object_reader.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

// "[name=web]" of `k:{"name":"web"}`, "[x]" of `v:"x"`.
std::string ItemText(std::string_view key) {
  auto value = FromJson(key.substr(2));
  if (!value) return fmt::format("[{}]", key);
  if (!value->is(ValueKind::kRecord)) return fmt::format("[{}]", ToText(*value));
  std::string text;
  for (const auto& [name, part] : value->AsRecord()) {
    std::string shown = part.is(ValueKind::kString) ? std::string(part.AsString()) : ToText(part);
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name.text(), shown);
  }
  return fmt::format("[{}]", text);
}

// The paths of the innermost fields of a set (FieldsV1).
void AddPaths(const Value& set, const std::string& path, std::vector<std::string>& out) {
  if (!set.is(ValueKind::kRecord)) return;
  bool leaf = true;
  for (const auto& [name, below] : set.AsRecord()) {
    std::string_view key = name.text();
    if (key == ".") continue;
    leaf = false;
    if (key.starts_with("f:")) {
      std::string field(key.substr(2));
      AddPaths(below, path.empty() ? field : path + "." + field, out);
    } else {
      AddPaths(below, path + ItemText(key), out);
    }
  }
  if (leaf && !path.empty()) out.push_back(path);
}

std::optional<Time> TimeIn(const std::string& text) {
  std::tm parts{};
  if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

std::optional<ObjectName> OwnerIn(const Value& metadata, const std::string& name_space) {
  const Value* owners = metadata.Find("ownerReferences");
  if (owners == nullptr || !owners->is(ValueKind::kList)) return std::nullopt;
  for (const Value& owner : owners->AsList()) {
    const Value* controller = owner.Find("controller");
    if (controller == nullptr || *controller != Value::Bool(true)) continue;
    return ObjectName{TextAt(owner, "apiVersion"), TextAt(owner, "kind"), name_space,
                      TextAt(owner, "name")};
  }
  return std::nullopt;
}

}  // namespace

ObjectHistory HistoryIn(const Value& object) {
  ObjectHistory history;
  history.exists = true;
  history.address = AnnotationOf(object, kAddressAnnotation);
  const Value* metadata = object.Find("metadata");
  if (metadata == nullptr) return history;
  history.owner = OwnerIn(*metadata, TextAt(*metadata, "namespace"));
  const Value* managers = metadata->Find("managedFields");
  if (managers == nullptr || !managers->is(ValueKind::kList)) return history;
  for (const Value& manager : managers->AsList()) {
    ObjectWriter writer{TextAt(manager, "manager"),
                        TextAt(manager, "operation"),
                        TextAt(manager, "subresource"),
                        TimeIn(TextAt(manager, "time")),
                        {}};
    if (const Value* fields = manager.Find("fieldsV1")) AddPaths(*fields, "", writer.fields);
    history.writers.push_back(std::move(writer));
  }
  std::ranges::stable_sort(history.writers, std::ranges::greater(), &ObjectWriter::time);
  return history;
}

Result<ObjectHistory> HistoryOfObject(Env& env, const std::string& project_root,
                                      const ClusterRef& ref, const ObjectName& name,
                                      std::stop_token stop) {
  Clusters clusters;
  OPS_ASSIGN(Cluster * cluster, clusters.Find(env, project_root, ref));
  ObjectHistory none;
  none.server = cluster->client->config().server;
  OPS_ASSIGN(auto served, cluster->discovery->Find(name.api_version, name.kind, stop));
  if (!served) return none;
  ObjectPlace place{cluster, *served, served->namespaced ? name.name_space : "", name.name};
  OPS_ASSIGN(auto object, GetObject(place, stop));
  if (!object) return none;
  ObjectHistory history = HistoryIn(*object);
  history.server = none.server;
  return history;
}

}  // namespace opsc
