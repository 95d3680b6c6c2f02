// From recorded or desired fields to the place of an object in a cluster.
#pragma once

#include <optional>
#include <string>

#include "runtime/graph/kind.h"
#include "runtime/kube/clusters.h"
#include "runtime/kube/manifest.h"
#include "runtime/kube/object_reader.h"

namespace opsc {

// What is noted of an object that opsc has applied.
struct ObjectNotes {
  std::string name_space;
  std::string uid;
  bool created = false;  // by opsc; else it was there, and is not opsc's to delete
  Value normalised;

  static ObjectNotes Of(const Value& recorded);
  Value Record() const;
};

// An object, and where it is. `place` is empty while the cluster does not know its kind.
struct Target {
  Manifest manifest;
  Cluster* cluster = nullptr;
  std::optional<ObjectPlace> place;
};

// Asks the cluster, once, which kinds it serves. `recorded` is null of what was never applied.
Result<Target> AimAt(Clusters& clusters, const KindContext& context, const Value& fields,
                     const Value& recorded);
void PlaceTarget(Target& target, const ServedKind& served, const ObjectNotes& notes);

}  // namespace opsc
