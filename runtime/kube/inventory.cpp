#include "runtime/kube/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "runtime/graph/base64.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/server_side_apply.h"

namespace opsc {
namespace {

constexpr const char* kIdLabel = "applyset.kubernetes.io/id";
constexpr const char* kTooling = "applyset.kubernetes.io/tooling";
constexpr const char* kKinds = "applyset.kubernetes.io/contains-group-kinds";
constexpr const char* kSpaces = "applyset.kubernetes.io/additional-namespaces";

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes kTrusted{10};  // what was read of the parent

// Base64 for names: `-` and `_`, nothing at the end.
std::string NameBase64(std::string_view bytes) {
  std::string text = EncodeBase64(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

void AddWords(const std::string& list, std::set<std::string>& words) {
  for (size_t begin = 0; begin < list.size();) {
    size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) words.insert(list.substr(begin, end - begin));
    begin = end + 1;
  }
}

Value TextOf(const std::string& text) {
  return Value::String(text);
}

}  // namespace

SetName SetName::Of(const std::string& state_id, const std::string& name_space) {
  SetName set;
  set.parent = "opsc-" + state_id;
  set.name_space = name_space;
  Digest digest = Sha256(fmt::format("{}.{}.ConfigMap.", set.parent, name_space));
  std::string_view bytes(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  set.id = fmt::format("applyset-{}-v1", NameBase64(bytes));
  return set;
}

Result<Inventory::Known> Inventory::Read(const ObjectPlace& parent, std::stop_token stop) {
  Known known;
  known.at = Clock::now();
  OPS_ASSIGN(auto live, GetObject(parent, std::move(stop)));
  if (!live) return known;
  AddWords(AnnotationOf(*live, kKinds), known.kinds);
  AddWords(AnnotationOf(*live, kSpaces), known.spaces);
  return known;
}

Status Inventory::Write(const ObjectPlace& parent, const SetName& set, const Known& known,
                        std::stop_token stop) {
  Value annotations =
      Value::Record({{Symbol(kTooling), TextOf("opsc/v1")},
                     {Symbol(kKinds), TextOf(fmt::format("{}", fmt::join(known.kinds, ",")))},
                     {Symbol(kSpaces), TextOf(fmt::format("{}", fmt::join(known.spaces, ",")))}});
  Value metadata =
      Value::Record({{Symbol("name"), TextOf(set.parent)},
                     {Symbol("labels"), Value::Record({{Symbol(kIdLabel), TextOf(set.id)}})},
                     {Symbol("annotations"), std::move(annotations)}});
  Manifest manifest;
  manifest.api_version = "v1";
  manifest.kind = "ConfigMap";
  manifest.name = set.parent;
  manifest.object = Value::Record({{Symbol("apiVersion"), TextOf("v1")},
                                   {Symbol("kind"), TextOf("ConfigMap")},
                                   {Symbol("metadata"), std::move(metadata)}});
  manifest.force = true;  // a set is a superset of what is in it: nothing of others is lost
  auto written = ServerSideApply(parent, manifest, Value::Null(), {}, ApplyMode::kReal, stop);
  if (!written) return std::unexpected(std::move(written.error().error));
  return {};
}

Status Inventory::Announce(const ObjectPlace& member, const SetName& set, std::stop_token stop) {
  std::string group = member.served.group();
  std::string kind = group.empty() ? member.served.kind : member.served.kind + "." + group;
  bool elsewhere = !member.name_space.empty() && member.name_space != set.name_space;
  std::lock_guard lock(mutex_);
  Known& known = sets_[{member.cluster, set.id}];
  const bool noted =
      known.kinds.contains(kind) && (!elsewhere || known.spaces.contains(member.name_space));
  const bool is_fresh = known.at != Clock::time_point() && Clock::now() - known.at < kTrusted;
  if (noted && is_fresh) return {};
  ObjectPlace parent{
      member.cluster, {"v1", "ConfigMap", "configmaps", true}, set.name_space, set.parent};
  Known live = known;
  if (!is_fresh) {
    OPS_ASSIGN(live, Read(parent, stop));
  }
  known.at = live.at;
  Known wider = live;
  wider.kinds.insert(known.kinds.begin(), known.kinds.end());
  wider.spaces.insert(known.spaces.begin(), known.spaces.end());
  wider.kinds.insert(kind);
  if (elsewhere) wider.spaces.insert(member.name_space);
  if (wider.kinds != live.kinds || wider.spaces != live.spaces) {
    OPS_TRY(Write(parent, set, wider, stop));
  }
  known = std::move(wider);
  return {};
}

}  // namespace opsc
