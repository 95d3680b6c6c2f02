#include "compiler/driver/sync/sync_spec.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/kube/crd_module.h"
#include "compiler/driver/sync/sync_record.h"
#include "runtime/exec/source_tree.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

std::chrono::nanoseconds DurationOf(const Value& record, std::string_view name) {
  return std::chrono::nanoseconds(NumberField(record, name));
}

GitRef RefOf(const Value& source) {
  if (std::string tag = TextField(source, "tag"); !tag.empty()) return {GitRef::Kind::kTag, tag};
  std::string commit = TextField(source, "commit");
  if (!commit.empty()) return {GitRef::Kind::kCommit, commit};
  return {GitRef::Kind::kBranch, TextField(source, "branch")};
}

std::string AbsoluteBelow(const Project& project, const std::string& path) {
  return AbsolutePath(path.starts_with('/') ? path : project.Absolute(path));
}

// What `into` says of a cluster; null: nothing. A relative kubeconfig is the project's, not the
// commit's.
Value ClusterOf(const Project& project, const Value& into) {
  std::vector<Field> fields;
  for (std::string_view name : {"kubeconfig", "context", "namespace", "force"}) {
    const Value& value = FieldOf(into, name);
    if (value.is_null()) continue;
    bool path = name == "kubeconfig";
    fields.emplace_back(
        Symbol(name), path ? Value::String(AbsoluteBelow(project, TextField(into, name))) : value);
  }
  return fields.empty() ? Value::Null() : Value::Record(std::move(fields));
}

std::optional<ManifestPatterns> ManifestsOf(const Value& content) {
  const Value& files = FieldOf(content, "files");
  if (!files.is(ValueKind::kList)) return std::nullopt;
  ManifestPatterns patterns;
  for (const Value& pattern : files.AsList()) patterns.emplace_back(pattern.AsString());
  return patterns;
}

SyncSpec SpecOf(const Project& project, const Node& node) {
  const Value& fields = node.fields;
  const Value& source = FieldOf(fields, "source");
  SyncSpec spec;
  spec.name = node.address;
  spec.fields = fields;
  spec.url = TextField(source, "url");
  if (std::string local = LocalPath(spec.url); !local.empty()) {
    spec.url = AbsoluteBelow(project, local);
  }
  spec.ref = RefOf(source);
  spec.path = TextField(source, "path");
  const Value& into = FieldOf(fields, "into");
  std::string directory = TextField(into, "directory");
  spec.directory = AbsoluteBelow(project, directory.empty() ? "." : directory);
  spec.cluster = ClusterOf(project, into);
  spec.manifests = ManifestsOf(FieldOf(fields, "content"));
  if (spec.manifests && IsManifestPath(spec.path)) {
    spec.manifests = ManifestPatterns{std::string(BaseName(spec.path))};
    spec.path = DirName(spec.path);
  }
  spec.state_dir = SyncStateDirectory(project, node.address);
  spec.policy.every = DurationOf(fields, "every");
  spec.policy.heal = BoolField(fields, "self_heal") ? Heal::kYes : Heal::kNo;
  spec.policy.suspended = BoolField(fields, "suspend");
  spec.prune = BoolField(fields, "prune") ? Prune::kYes : Prune::kNo;
  spec.allow_empty = BoolField(fields, "allow_empty");
  spec.fetch_timeout = DurationOf(fields, "fetch_timeout");
  const Value& keys = FieldOf(FieldOf(fields, "verify"), "keys");
  if (keys.is(ValueKind::kFiles)) spec.signers = {keys.AsFiles().include, keys.AsFiles().exclude};
  const Value& params = FieldOf(fields, "params");
  if (params.is(ValueKind::kRecord)) {
    for (const auto& [name, value] : params.AsRecord()) spec.params.emplace(name.str(), value);
  }
  const Value& ignore = FieldOf(fields, "ignore");
  if (ignore.is(ValueKind::kList)) {
    for (const Value& word : ignore.AsList()) spec.ignore.emplace_back(word.AsString());
  }
  return spec;
}

// What `after` names, which are all syncs.
Status AddNeeds(const Node& node, const std::vector<SyncSpec>& all, SyncSpec& spec) {
  for (const Edge& edge : node.edges) {
    auto need = std::ranges::find(all, edge.to, &SyncSpec::name);
    if (need == all.end()) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{}:{}: `{}` comes after `{}`, which is no sync", node.origin.file,
                              node.origin.line, node.address, edge.to),
                  "an agent drives syncs only: what is to be there first belongs into one");
    }
    spec.after.push_back(
        {need->name, need->url, need->ref, need->state_dir, need->policy.suspended});
  }
  return {};
}

}  // namespace

Result<std::vector<SyncSpec>> ReadSyncSpecs(const Project& project, const Graph& graph) {
  std::vector<SyncSpec> specs;
  for (const Node& node : graph.nodes) {
    if (node.type != "sync") continue;
    if (node.fields.has_pending()) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{}:{}: `{}` has a field that is known only after an apply",
                              node.origin.file, node.origin.line, node.address),
                  "what is synced has to be known before anything runs");
    }
    specs.push_back(SpecOf(project, node));
  }
  size_t at = 0;
  for (const Node& node : graph.nodes) {
    if (node.type == "sync") OPS_TRY(AddNeeds(node, specs, specs[at++]));
  }
  return specs;
}

Result<std::vector<SyncSpec>> SelectSyncs(std::vector<SyncSpec> specs,
                                          const std::vector<std::string>& names) {
  if (specs.empty()) {
    return Fail(ErrorKind::kInput, "the program has no `sync`",
                "sync NAME { source: git(\"URL\", branch: \"main\") }");
  }
  if (names.empty()) return specs;
  std::vector<SyncSpec> chosen;
  for (const std::string& name : names) {
    auto found = std::ranges::find(specs, name, &SyncSpec::name);
    if (found != specs.end()) {
      chosen.push_back(*found);
      continue;
    }
    std::vector<std::string> known;
    for (const SyncSpec& spec : specs) known.push_back(spec.name);
    std::string nearest = Nearest(name, known);
    return Fail(ErrorKind::kInput, fmt::format("there is no sync `{}`", name),
                nearest.empty() ? fmt::format("there is {}", fmt::join(known, ", "))
                                : fmt::format("did you mean `{}`?", nearest));
  }
  return chosen;
}

Result<std::vector<SignerKeys>> ReadSignerKeys(Env& env, const Project& project,
                                               const SignerFiles& files) {
  SourceTree sources(project.root, &env);
  OPS_ASSIGN(auto listing, sources.Select({files.include, files.exclude}));
  std::vector<SignerKeys> keys;
  for (const SourceEntry& entry : listing->entries) {
    if (entry.type != FileType::kFile) continue;
    OPS_ASSIGN(std::string text, env.ReadFile(project.Absolute(entry.path)));
    keys.push_back({entry.path, std::move(text)});
  }
  if (!keys.empty()) return keys;
  return Fail(ErrorKind::kInput, "`verify` names no file of keys",
              "put the public keys of those who may sign beside the program");
}

}  // namespace opsc
