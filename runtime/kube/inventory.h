// The objects of a project in a cluster as one set that others can list: an ApplySet, as kubectl
// has it (KEP-3659). What opsc prunes it knows from its own journal; the set is for everybody else.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "runtime/kube/object_reader.h"

namespace opsc {

inline constexpr const char* kPartOfLabel = "applyset.kubernetes.io/part-of";

// The set of the project whose state is `state_id`, with its parent object in `name_space`.
struct SetName {
  std::string parent;  // name of the ConfigMap
  std::string name_space;
  std::string id;  // value of the label that the members have

  static SetName Of(const std::string& state_id, const std::string& name_space);
};

// Thread-safe.
class Inventory {
 public:
  // Notes in the parent that the set may have members of this kind in this namespace. To be called
  // before one is made; asks the cluster only when there is something new to note, or when it was
  // not asked for ten minutes: somebody may have deleted the parent.
  Status Announce(const ObjectPlace& member, const SetName& set, std::stop_token stop);

 private:
  struct Known {
    std::set<std::string> kinds;                    // "Deployment.apps"
    std::set<std::string> spaces;                   // beside the parent's own
    std::chrono::steady_clock::time_point at = {};  // of the last look
  };
  static Result<Known> Read(const ObjectPlace& parent, std::stop_token stop);
  static Status Write(const ObjectPlace& parent, const SetName& set, const Known& known,
                      std::stop_token stop);

  std::mutex mutex_;
  std::map<std::pair<Cluster*, std::string>, Known> sets_;
};

}  // namespace opsc
