// Why the pods of a workload do not get there, in the words of the cluster.
#pragma once

#include <stop_token>
#include <string>

#include "runtime/kube/object_reader.h"

namespace opsc {

// What is amiss with the newest pod of `object` that is not well: "pod `web-1`: container `main`:
// ImagePullBackOff: …", with exit code and last lines of a container that ended. `object` is a pod,
// or has pods by its `spec.selector`. Empty: nothing is amiss, it has no pods, or they may not be
// read. Asks the cluster once for the pods and once or twice about one of them.
std::string PodTrouble(const ObjectPlace& place, const Value& object, std::stop_token stop);

// The same of one pod as the API server returns it, without asking; empty: nothing is amiss.
struct TroubleOfPod {
  std::string text;
  std::string container;  // whose last lines may tell more; empty: none
  bool previous = false;  // of its run before this one
};
TroubleOfPod TroubleIn(const Value& pod);

// `spec.selector` of a workload as the API takes it in a query: "app=web,tier in (a,b)".
std::string LabelSelectorOf(const Value& object);

}  // namespace opsc
