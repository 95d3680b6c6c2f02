// What a cluster knows of one object: whose it is, and who wrote what of it last.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/kube/cluster_config.h"
#include "runtime/value/value.h"

namespace opsc {

// How an object is named: "Deployment" `web` in `shop`.
struct ObjectName {
  std::string api_version;
  std::string kind;
  std::string name_space;  // empty: of the whole cluster
  std::string name;
};

// One field manager of an object.
struct ObjectWriter {
  std::string manager;
  std::string operation;    // "Apply", "Update"
  std::string subresource;  // "status", "scale"; empty: the object itself
  std::optional<Time> time;
  std::vector<std::string> fields;  // that it owns: `spec.replicas`, `data.text`
};

struct ObjectHistory {
  std::string server;  // of the API
  bool exists = false;
  std::string address;                // the instance of opsc that it says it is of; empty: none
  std::optional<ObjectName> owner;    // its controller
  std::vector<ObjectWriter> writers;  // newest first
};

// Asks the cluster of `ref` once. Fails where it cannot be asked.
Result<ObjectHistory> HistoryOfObject(Env& env, const std::string& project_root,
                                      const ClusterRef& ref, const ObjectName& name,
                                      std::stop_token stop);

// The same of an object as the API server returns it.
ObjectHistory HistoryIn(const Value& object);

}  // namespace opsc
