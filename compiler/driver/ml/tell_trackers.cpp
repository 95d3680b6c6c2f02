#include "compiler/driver/ml/tell_trackers.h"

#include "compiler/driver/ml/tracked_state.h"
#include "compiler/driver/project/engine.h"

namespace opsc {
namespace {

// The recorded models of the graph.
Result<std::vector<StateEntry>> ModelsOf(const Graph& graph, Journal& journal) {
  std::vector<StateEntry> models;
  for (const Node& node : graph.nodes) {
    if (node.type != "model") continue;
    OPS_ASSIGN(auto entry, journal.Entry(node.address));
    if (entry) models.push_back(std::move(*entry));
  }
  return models;
}

}  // namespace

void TellTrackers(const CliSession& session, const Engine& engine, const Graph& graph,
                  std::stop_token stop) {
  const auto models = ModelsOf(graph, *engine.journal);
  if (!models) return PrintNote(session, models.error().message);
  const KindContext& context = engine.context;
  TellTrackersOf({context.state_dir, context.state_id, engine.store.get()}, *models, session,
                 std::move(stop));
}

void TellTrackersQuietly(const CliSession& session, const Engine& engine, const Graph& graph,
                         std::stop_token stop) {
  CliSession quiet = session;
  quiet.verbosity = Verbosity::kQuiet;
  TellTrackers(quiet, engine, graph, std::move(stop));
}

}  // namespace opsc
