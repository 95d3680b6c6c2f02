// After models were applied: tracking servers hear of it.
#pragma once

#include <stop_token>

#include "compiler/driver/cli/session.h"

namespace opsc {

struct Engine;
struct Graph;

// Tells what has become of the models of the graph and all that still waits, for at most two
// seconds where nobody answers. Never fails: notes say what waits, and why.
void TellTrackers(const CliSession& session, const Engine& engine, const Graph& graph,
                  std::stop_token stop);
// Without a note: of a loop that comes back.
void TellTrackersQuietly(const CliSession& session, const Engine& engine, const Graph& graph,
                         std::stop_token stop);

}  // namespace opsc
