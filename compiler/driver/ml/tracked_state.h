// What of a project's models is to be told to tracking servers.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "compiler/driver/cli/session.h"
#include "runtime/graph/content_store.h"
#include "runtime/tracking/replay.h"

namespace opsc {

// Where a project has what is told. The store outlives it.
struct TrackedState {
  std::string state_dir;
  std::string state_id;
  ContentStore* store = nullptr;
};

// Of a recorded model; nullopt: it is not tracked.
std::optional<TrackedModel> TrackedModelOf(const StateEntry& model, const std::string& state_id);

// Puts the registries of those of `models` that are tracked into the spool, where they are news.
Status SpoolRegistries(const TrackedState& state, std::span<const StateEntry> models, Env& env);

// How long servers may keep a command waiting.
enum class TellPatience {
  kShort,  // 2 s in all where they do not answer: after an apply
  kLong,   // by hand
};
// Tells all that waits. kConflict: another opsc does right now.
Result<Replayed> TellWaiting(const CliSession& session, const TrackedState& state,
                             TellPatience patience, std::stop_token stop);

// Both, after something else has been done: never fails it. Notes say what waits and why.
void TellTrackersOf(const TrackedState& state, std::span<const StateEntry> models,
                    const CliSession& session, std::stop_token stop);

}  // namespace opsc
