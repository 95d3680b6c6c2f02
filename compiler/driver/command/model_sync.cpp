// `opsc model sync`: tells tracking servers by hand what waits.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/signals.h"
#include "compiler/driver/ml/recorded_model.h"
#include "compiler/driver/ml/tracked_state.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/state_id.h"
#include "compiler/driver/show/json_text.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--again", "", "as if nothing had been told yet; what is there already stays as it is"},
};

std::string JsonOf(const Replayed& replayed) {
  nlohmann::ordered_json json = {{"told", replayed.told}, {"waiting", replayed.waiting}};
  json["troubles"] = nlohmann::ordered_json::array();
  for (const ReplayTrouble& trouble : replayed.troubles) {
    json["troubles"].push_back({{"url", trouble.url},
                                {"model", trouble.model},
                                {"file", trouble.file},
                                {"message", trouble.error.message},
                                {"hint", trouble.error.hint}});
  }
  return JsonText(json, 2) + "\n";
}

void Print(const CliSession& session, const Replayed& replayed, size_t tracked) {
  if (session.json) return WriteOut(JsonOf(replayed));
  for (const ReplayTrouble& trouble : replayed.troubles) {
    const std::string where = trouble.url.empty() ? trouble.file
                              : trouble.model.empty()
                                  ? trouble.url
                                  : fmt::format("{}: `{}`", trouble.url, trouble.model);
    PrintError(session, {trouble.error.kind, fmt::format("{}: {}", where, trouble.error.message),
                         trouble.error.hint});
    if (!trouble.model.empty() || trouble.url.empty()) {
      PrintNote(session, "to give it up, remove " + trouble.file);
    }
  }
  if (tracked == 0 && replayed.told + replayed.waiting == 0) {
    return WriteOut("no model is tracked (`tracking: mlflow(url)`)\n");
  }
  WriteOut(fmt::format("{} told, {} waiting\n", replayed.told, replayed.waiting));
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(const Project project, FindStateProject(*session.env));
  OPS_ASSIGN(const auto journal, OpenExistingJournal(*session.env, project));
  OPS_ASSIGN(const auto store, OpenContentStore(project.state_dir));
  OPS_ASSIGN(auto models, RecordedModels(*journal));
  const TrackedState state{project.state_dir, StateId(*journal), store.get()};
  std::vector<StateEntry> tracked;
  for (RecordedModel& model : models) {
    const auto one = TrackedModelOf(model.entry, state.state_id);
    if (!one) continue;
    if (args.Flag("again")) {
      OPS_TRY(ForgetTold(SpoolDir(state.state_dir), *one, *session.env));
    }
    tracked.push_back(std::move(model.entry));
  }
  OPS_TRY(SpoolRegistries(state, tracked, *session.env));
  const StopOnSignal stop;
  OPS_ASSIGN(const Replayed replayed,
             TellWaiting(session, state, TellPatience::kLong, stop.token()));
  Print(session, replayed, tracked.size());
  if (stop.token().stop_requested()) return kExitInterrupted;
  return replayed.waiting == 0 ? kExitOk : kExitError;
}

}  // namespace

extern const Command kModelSyncCommand = {
    .name = "model sync",
    .summary = "tell tracking servers what waits to be told",
    .example = "opsc model sync",
    .run = Run,
    .options = kOptions,
    .groups = kJsonGroup,
    .details =
        "Every apply does it too, but gives up after two seconds without an answer. With --again "
        "all\n"
        "versions and aliases are looked at anew: after a server has lost its data."};

}  // namespace opsc
