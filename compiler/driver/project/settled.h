// The memo of settled runs: a run of tasks that found everything up to date is answered again by
// looking at what it saw, without the program.
#pragma once

#include <optional>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/prepare.h"
#include "runtime/exec/apply.h"

namespace opsc {

// Answers `opsc run` where `.ops/cache/settled` knows the same words to have found everything up to
// date, and all that this came from looks as it did: sources, parameters, inputs and the
// directories they were found in, programs, outputs, the store and the state. The run is recorded
// in the journal as any other. nullopt: that cannot be said, and the run has to be made.
std::optional<int> RecallSettled(CliSession& session, const Args& args);

// What ended well, and when it began.
struct EndedRun {
  const Plan& plan;
  const ApplyResult& result;
  Time began{};  // before anything was read
};

// Writes the memo, where the run was one that can be remembered; else does nothing.
// REQUIRES: the exit code is 0, and outs are recorded. A memo that cannot be written is none.
void RememberSettled(const CliSession& session, const Args& args, const Prepared& prepared,
                     Engine& engine, const EndedRun& run);

}  // namespace opsc
