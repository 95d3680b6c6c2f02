#include "compiler/driver/ml/tracked_state.h"

#include <fmt/format.h>

#include "compiler/driver/ml/tracking_http.h"
#include "runtime/registry/model_kind.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

using std::chrono::milliseconds;

ReplayOptions OptionsOf(const CliSession& session, const TrackedState& state,
                        TellPatience patience) {
  ReplayOptions options;
  options.dir = SpoolDir(state.state_dir);
  options.env = session.env;
  options.files = [store = state.store](const Digest& artefact) {
    return FilesInStore(*store, artefact);
  };
  options.connect = ConnectorOf(*session.env);
  if (patience == TellPatience::kLong) {
    options.unanswered = std::chrono::seconds(30);
    options.in_all = std::chrono::hours(24);
  }
  return options;
}

Result<size_t> Waiting(const TrackedState& state, Env& env) {
  OPS_ASSIGN(const auto spooled, ReadSpool(SpoolDir(state.state_dir), env));
  return spooled.size();
}

std::string Count(size_t events) {
  return fmt::format("{} event{}", events, events == 1 ? "" : "s");
}

// Why events wait, a line each, with what to do.
std::vector<std::string> TroublesText(const Replayed& replayed) {
  std::vector<std::string> lines;
  for (const ReplayTrouble& trouble : replayed.troubles) {
    std::string line =
        trouble.url.empty()
            ? fmt::format("{}: {}", trouble.file, trouble.error.message)
            : fmt::format("tracking server {}: {}", trouble.url, trouble.error.message);
    if (!trouble.error.hint.empty()) line += fmt::format(" ({})", trouble.error.hint);
    if (!trouble.model.empty()) {
      line += fmt::format("; what is to be told of `{}` waits; to give it up, remove {}",
                          trouble.model, trouble.file);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Status SpoolAndTell(const CliSession& session, const TrackedState& state,
                    std::span<const StateEntry> models, std::stop_token stop) {
  OPS_TRY(SpoolRegistries(state, models, *session.env));
  OPS_ASSIGN(const Replayed replayed,
             TellWaiting(session, state, TellPatience::kShort, std::move(stop)));
  for (const std::string& line : TroublesText(replayed)) PrintNote(session, line);
  if (replayed.waiting > 0) {
    PrintNote(session, fmt::format("{} about models wait{} to be told: the next apply tries again, "
                                   "`opsc model sync` now",
                                   Count(replayed.waiting), replayed.waiting == 1 ? "s" : ""));
  }
  return {};
}

}  // namespace

std::optional<TrackedModel> TrackedModelOf(const StateEntry& model, const std::string& state_id) {
  const auto tracking = TrackingOf(model.fields);
  if (!tracking || !*tracking) return std::nullopt;
  return TrackedModel{model.address, state_id, **tracking};
}

Status SpoolRegistries(const TrackedState& state, std::span<const StateEntry> models, Env& env) {
  for (const StateEntry& entry : models) {
    const auto model = TrackedModelOf(entry, state.state_id);
    const TrackedRegistry registry = Tracked(RegistryFrom(entry.recorded));
    if (!model || registry.versions.empty()) continue;
    OPS_TRY(SpoolRegistry(SpoolDir(state.state_dir), *model, registry, env));
  }
  return {};
}

Result<Replayed> TellWaiting(const CliSession& session, const TrackedState& state,
                             TellPatience patience, std::stop_token stop) {
  OPS_ASSIGN(const size_t waiting, Waiting(state, *session.env));
  if (waiting == 0) return Replayed{};
  const auto lock = LockState(SpoolDir(state.state_dir), session.command_line, milliseconds(0));
  if (!lock) {
    return Fail(ErrorKind::kConflict, "another opsc tells the tracking servers right now");
  }
  return Replay(OptionsOf(session, state, patience), std::move(stop));
}

void TellTrackersOf(const TrackedState& state, std::span<const StateEntry> models,
                    const CliSession& session, std::stop_token stop) {
  const Status told = SpoolAndTell(session, state, models, std::move(stop));
  if (!told) PrintNote(session, "what became of models waits to be told: " + told.error().message);
}

}  // namespace opsc
