// Being told when somebody changes objects of clusters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/watch.h"
#include "runtime/kube/object_reader.h"
#include "runtime/kube/seen_objects.h"

namespace opsc {

class CollectionWatch;

// The watches of one kind, one connection a collection of objects. What they hear, `seen` is told.
// Not thread-safe.
class ObjectWatches {
 public:
  // `seen` outlives all that is watched.
  explicit ObjectWatches(SeenObjects& seen) : seen_(seen) {}

  // Calls `changed`, from threads of its own, when one of `places` was changed, made or deleted;
  // what nobody wishes (status, counters, managed fields) does not count. What cannot be watched is
  // left out. The clusters outlive the result. A collection that an earlier result watches still is
  // taken over from it: what is known of its objects stays known, and only `changed` is told more.
  std::unique_ptr<Watch> Begin(const std::vector<ObjectPlace>& places,
                               std::function<void()> changed);

 private:
  SeenObjects& seen_;
  std::map<std::pair<Cluster*, std::string>, std::weak_ptr<CollectionWatch>> running_;
};

}  // namespace opsc
