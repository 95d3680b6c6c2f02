// What a runner of this machine has looked at.
#pragma once

#include <optional>

#include "runtime/graph/sightings.h"
#include "runtime/graph/task.h"

namespace opsc {

// All that keys, look-ups and materialized outputs of this runner were decided by so far: sources
// and programs as they were when they were looked at, outputs and the store as they are now.
// nullopt: something changed in between, or it is no runner of this machine.
std::optional<Sightings> SeenBy(TaskRunner& tasks);

}  // namespace opsc
