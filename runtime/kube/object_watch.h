// Being told when somebody changes objects of clusters.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/base/watch.h"
#include "runtime/kube/object_reader.h"
#include "runtime/kube/seen_objects.h"

namespace opsc {

// Calls `changed`, from threads of its own, when one of `places` was changed, made or deleted; what
// nobody wishes (status, counters, managed fields) does not count. One connection a collection.
// What cannot be watched is left out. The clusters outlive the result.
// What it hears, `seen` is told; that, too, outlives it.
std::unique_ptr<Watch> WatchObjects(const std::vector<ObjectPlace>& places, SeenObjects& seen,
                                    std::function<void()> changed);

}  // namespace opsc
