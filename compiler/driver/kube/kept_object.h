// Objects of clusters as a user names them, and the instances that keep them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/sync/sync_spec.h"
#include "runtime/kube/object_history.h"

namespace opsc {

// `k8s/NAMESPACE/KIND/NAME`, or `k8s/KIND/NAME` of an object without a namespace. The kind is as in
// a manifest or as kubectl takes it: Deployment, deployment, deployments.apps.
struct ObjectWord {
  std::string name_space;
  std::string kind;
  std::string name;
};

// nullopt: the word names no object. kInput where it begins with `k8s/` and goes on otherwise.
Result<std::optional<ObjectWord>> ReadObjectWord(const std::string& word);

// An instance that keeps the object, as a journal has it.
struct KeptObject {
  std::string sync;  // whose; empty: of the program itself
  std::string address;
  ClusterRef cluster;
  ObjectName name;
  std::vector<ObjectName> below;  // from the object that was named up to the kept one's child
};

// Also by its controllers: a pod is kept where its Deployment is; then the cluster is asked. Fails
// where nothing here keeps it, with what the cluster says of it.
Result<std::vector<KeptObject>> FindKeptObjects(const CliSession& session, const Project& project,
                                                const std::vector<SyncSpec>& syncs,
                                                const ObjectWord& word);

}  // namespace opsc
