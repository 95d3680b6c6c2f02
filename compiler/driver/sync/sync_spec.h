// What the source says about each `sync`, read out of the graph.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/kube/manifests.h"
#include "compiler/driver/project/project.h"
#include "runtime/git/repository.h"
#include "runtime/git/signature.h"
#include "runtime/graph/graph.h"
#include "runtime/reconcile/schedule.h"

namespace opsc {

// Files of keys in the project that holds the sync: patterns as in `files(…)`.
struct SignerFiles {
  std::vector<std::string> include;
  std::vector<std::string> exclude;
};

// Another sync that has to stand before this one applies something new.
struct SyncNeed {
  std::string name;
  std::string url;
  GitRef ref;
  std::string state_dir;
  bool suspended = false;
};

enum class Prune { kNo, kYes };

struct SyncSpec {
  std::string name;  // address of the instance
  std::string url;   // a local one is absolute
  GitRef ref;
  std::string path;       // of the directory in the repository
  std::string directory;  // absolute; where relative paths of what is made lead
  std::string state_dir;  // absolute: PROJECT/.ops/agent/NAME
  SyncPolicy policy;
  Prune prune = Prune::kNo;
  bool allow_empty = false;
  std::optional<SignerFiles> signers;  // absent: every commit is taken
  std::map<std::string, Value> params;
  std::vector<std::string> ignore;
  std::vector<SyncNeed> after;
  std::optional<ManifestPatterns> manifests;  // absent: .ops files
  Value cluster;                              // for objects that name none; null: the kubeconfig's
  std::chrono::nanoseconds fetch_timeout{0};
  Value fields;  // all of them, as they were read

  // Where the files of a commit are written for those who cannot read them in the mirror.
  std::string source_directory(const std::string& revision) const {
    return JoinPath(state_dir, "source/" + revision);
  }
  std::string mirror() const { return JoinPath(state_dir, "mirror.git"); }
  // The project of what is synced: its files are in a commit.
  Project project() const { return {directory, state_dir, {}}; }
};

// In source order. Fails where a field is known only after an apply, or `after` names no sync.
Result<std::vector<SyncSpec>> ReadSyncSpecs(const Project& project, const Graph& graph);

// Those that `names` name; all where there are none. Fails with the nearest name.
Result<std::vector<SyncSpec>> SelectSyncs(std::vector<SyncSpec> specs,
                                          const std::vector<std::string>& names);

// The keys that `spec.signers` names, read from the project. Fails where there are none.
Result<std::vector<SignerKeys>> ReadSignerKeys(Env& env, const Project& project,
                                               const SignerFiles& files);

}  // namespace opsc
