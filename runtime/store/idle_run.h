// The record of a run that found nothing to do, as cheap as it can be: one connection, one commit.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace opsc {

struct IdleRun {
  std::string command;  // as it is recorded with runs
  std::string summary;
  uint64_t serial = 0;  // of the state that the run is true of
};

// Records begin and end of the run. False, and nothing is recorded, where the state has another
// serial or effects are open. Not synced: a power cut may take the record, as nothing depends on
// it; what was recorded before stays. REQUIRES: the state is locked.
Result<bool> RecordIdleRun(const std::string& state_dir, const IdleRun& run);

}  // namespace opsc
