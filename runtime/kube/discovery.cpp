#include "runtime/kube/discovery.h"

#include <algorithm>

namespace opsc {
namespace {

constexpr auto kStale = std::chrono::seconds(1);

std::string PathOf(const std::string& api_version) {
  return (api_version.contains('/') ? "/apis/" : "/api/") + api_version;
}

std::string Text(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kString) ? std::string(field->AsString()) : "";
}

const ServedKind* FindIn(const std::vector<ServedKind>& kinds, const std::string& kind) {
  auto found = std::ranges::find(kinds, kind, &ServedKind::kind);
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace

std::string ServedKind::group() const {
  size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::string ServedKind::resource() const {
  return group().empty() ? plural : plural + "." + group();
}

std::string ServedKind::Path(const std::string& name_space) const {
  std::string path = PathOf(api_version);
  if (namespaced && !name_space.empty()) path += "/namespaces/" + name_space;
  return path + "/" + plural;
}

Result<Discovery::Group> Discovery::Read(const std::string& api_version, std::stop_token stop) {
  ApiCall call{.verb = "get", .path = PathOf(api_version)};
  OPS_ASSIGN(ApiAnswer answer, client_.Call(call, std::move(stop)));
  Group group;
  group.read = std::chrono::steady_clock::now();
  if (answer.status == 404) return group;
  if (!answer.ok()) return std::unexpected(client_.ErrorOf(call, answer));
  const Value* resources = answer.body.Find("resources");
  if (resources == nullptr || !resources->is(ValueKind::kList)) return group;
  for (const Value& resource : resources->AsList()) {
    ServedKind served;
    served.api_version = api_version;
    served.kind = Text(resource, "kind");
    served.plural = Text(resource, "name");
    const Value* namespaced = resource.Find("namespaced");
    served.namespaced =
        namespaced != nullptr && namespaced->is(ValueKind::kBool) && namespaced->AsBool();
    bool is_part = served.plural.contains('/');  // "pods/log"
    if (!is_part) group.kinds.push_back(std::move(served));
  }
  return group;
}

Result<std::optional<ServedKind>> Discovery::Find(const std::string& api_version,
                                                  const std::string& kind, std::stop_token stop) {
  std::lock_guard lock(mutex_);
  auto known = groups_.find(api_version);
  if (known != groups_.end()) {
    if (const ServedKind* found = FindIn(known->second.kinds, kind)) return *found;
    if (std::chrono::steady_clock::now() - known->second.read < kStale) return std::nullopt;
  }
  OPS_ASSIGN(Group group, Read(api_version, std::move(stop)));
  Group& kept = groups_[api_version] = std::move(group);
  const ServedKind* found = FindIn(kept.kinds, kind);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace opsc
