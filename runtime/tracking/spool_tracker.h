// The tracker of the kind `model` that writes into the spool.
#pragma once

#include <memory>

#include "runtime/registry/model_tracker.h"

namespace opsc {

std::unique_ptr<ModelTracker> MakeSpoolTracker();

}  // namespace opsc
