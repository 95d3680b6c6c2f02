#include "compiler/driver/kube/kept_object.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/kube/render.h"
#include "compiler/driver/project/engine.h"
#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

constexpr int kMostOwners = 5;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

// Is `word` a name of the kind: "Deployment", "deployments", "deployments.apps"?
bool IsKind(const std::string& word, const ObjectName& name) {
  std::string given = Lower(word);
  size_t slash = name.api_version.find('/');
  std::string group = slash == std::string::npos ? "" : name.api_version.substr(0, slash);
  if (size_t dot = given.find('.'); dot != std::string::npos) {
    if (given.substr(dot + 1) != group) return false;
    given.resize(dot);
  }
  std::string kind = Lower(name.kind);
  bool y = kind.ends_with('y');
  return given == kind || given == kind + "s" || given == kind + "es" ||
         (y && given == kind.substr(0, kind.size() - 1) + "ies");
}

bool IsNamed(const ObjectWord& word, const ObjectName& name) {
  return word.name == name.name && word.name_space == name.name_space && IsKind(word.kind, name);
}

std::string WordOf(const ObjectName& name) {
  std::string space = name.name_space.empty() ? "" : name.name_space + "/";
  return fmt::format("k8s/{}{}/{}", space, name.kind, name.name);
}

Status AddKept(Env& env, const Project& project, const std::string& sync,
               std::vector<KeptObject>& out) {
  auto journal = OpenExistingJournal(env, project);
  if (!journal) return {};  // nothing was applied yet
  OPS_ASSIGN(auto entries, (*journal)->Entries());
  for (const StateEntry& entry : entries) {
    if (entry.type != kKubernetesKind) continue;
    auto manifest = ManifestOf(entry.fields);
    if (!manifest) continue;
    ObjectName name{manifest->api_version, manifest->kind, TextAt(entry.recorded, "namespace"),
                    manifest->name};
    out.push_back({sync, entry.address, manifest->cluster, std::move(name), {}});
  }
  return {};
}

Result<std::vector<KeptObject>> AllKept(Env& env, const Project& project,
                                        const std::vector<SyncSpec>& syncs) {
  std::vector<KeptObject> all;
  OPS_TRY(AddKept(env, project, "", all));
  for (const SyncSpec& sync : syncs) OPS_TRY(AddKept(env, sync.project(), sync.name, all));
  return all;
}

// What controllers make of what somebody wrote.
std::optional<ObjectName> MadeByControllers(const ObjectWord& word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kKinds = {{
      {"v1", "Pod"},
      {"apps/v1", "ReplicaSet"},
      {"apps/v1", "ControllerRevision"},
      {"batch/v1", "Job"},
      {"discovery.k8s.io/v1", "EndpointSlice"},
      {"v1", "PersistentVolumeClaim"},
  }};
  for (const auto& [api_version, kind] : kKinds) {
    ObjectName name{std::string(api_version), std::string(kind), word.name_space, word.name};
    if (IsKind(word.kind, name)) return name;
  }
  return std::nullopt;
}

// The cluster of each kept object; the kubeconfig's where there is none.
std::set<ClusterRef> ClustersOf(const std::vector<KeptObject>& all) {
  std::set<ClusterRef> clusters;
  for (const KeptObject& kept : all)
    clusters.insert({kept.cluster.kubeconfig, kept.cluster.context, ""});
  if (clusters.empty()) clusters.insert(ClusterRef{});
  return clusters;
}

// Up from `name` by its controllers to what is kept. `seen`: of the object itself.
std::vector<KeptObject> KeptAbove(Env& env, const Project& project, const ClusterRef& cluster,
                                  ObjectName name, const std::vector<KeptObject>& all,
                                  std::optional<ObjectHistory>& seen) {
  std::vector<ObjectName> below;
  for (int i = 0; i < kMostOwners; ++i) {
    auto history = HistoryOfObject(env, project.root, cluster, name, {});
    if (!history || !history->exists) return {};
    if (!seen) seen = *history;
    if (!history->owner) return {};
    below.push_back(name);
    name = *history->owner;
    std::vector<KeptObject> found;
    for (const KeptObject& kept : all) {
      bool same = kept.name.kind == name.kind && kept.name.name == name.name &&
                  kept.name.name_space == name.name_space;
      if (!same) continue;
      found.push_back(kept);
      found.back().below = below;
    }
    if (!found.empty()) return found;
  }
  return {};
}

Error NothingKeeps(const ObjectWord& word, const std::vector<KeptObject>& all,
                   const std::optional<ObjectHistory>& seen) {
  std::string space = word.name_space.empty() ? "" : word.name_space + "/";
  std::string name = fmt::format("k8s/{}{}/{}", space, word.kind, word.name);
  std::vector<std::string> known;
  for (const KeptObject& kept : all) known.push_back(WordOf(kept.name));
  std::string nearest = Nearest(name, known);
  std::string hint = nearest.empty() ? "" : fmt::format("did you mean `{}`?", nearest);
  if (known.empty()) hint = "no object of a cluster was applied from here yet";
  std::string who;
  if (seen) {
    std::set<std::string> managers;
    for (const ObjectWriter& writer : seen->writers) managers.insert(writer.manager);
    who = fmt::format("; in the cluster it was written by {}", fmt::join(managers, ", "));
  }
  return {ErrorKind::kInput, fmt::format("nothing here keeps `{}`{}", name, who), hint};
}

}  // namespace

Result<std::optional<ObjectWord>> ReadObjectWord(const std::string& word) {
  if (!word.starts_with("k8s/")) return std::nullopt;
  std::vector<std::string> parts;
  for (size_t at = 4; at <= word.size();) {
    size_t end = std::min(word.find('/', at), word.size());
    parts.push_back(word.substr(at, end - at));
    at = end + 1;
  }
  bool good = (parts.size() == 2 || parts.size() == 3) && !parts[parts.size() - 1].empty() &&
              !parts[parts.size() - 2].empty();
  if (!good) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` names no object", word),
                "k8s/NAMESPACE/KIND/NAME, or k8s/KIND/NAME of an object without a namespace");
  }
  if (parts.size() == 2) return ObjectWord{"", parts[0], parts[1]};
  return ObjectWord{parts[0], parts[1], parts[2]};
}

Result<std::vector<KeptObject>> FindKeptObjects(const CliSession& session, const Project& project,
                                                const std::vector<SyncSpec>& syncs,
                                                const ObjectWord& word) {
  Env& env = *session.env;
  OPS_ASSIGN(auto all, AllKept(env, project, syncs));
  std::vector<KeptObject> found;
  for (const KeptObject& kept : all) {
    if (IsNamed(word, kept.name)) found.push_back(kept);
  }
  if (!found.empty()) return found;
  std::optional<ObjectHistory> seen;
  if (auto name = MadeByControllers(word)) {
    for (const ClusterRef& cluster : ClustersOf(all)) {
      found = KeptAbove(env, project, cluster, *name, all, seen);
      if (!found.empty()) return found;
    }
  }
  return std::unexpected(NothingKeeps(word, all, seen));
}

}  // namespace opsc
