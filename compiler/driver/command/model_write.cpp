// `opsc model promote|rollback`: who is in charge, by hand. Each is a run of the journal.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/ml/recorded_model.h"
#include "compiler/driver/ml/tracked_state.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/state_id.h"
#include "compiler/driver/show/json_text.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

struct Change {
  int64_t version = 0;
  std::string reason;
};

// Can what is put in charge be served? The store checks each file that it gives.
Status CheckWhole(const Project& project, const RecordedModel& model, int64_t version) {
  const ModelVersion* found = model.registry.Find(version);
  OPS_ASSIGN(const auto store, OpenContentStore(project.state_dir));
  const auto whole = [&]() -> Status {
    if (found == nullptr || !found->artefact.is(ValueKind::kFile)) {
      return Fail(ErrorKind::kCorrupt, "the state knows no files of it");
    }
    OPS_ASSIGN(const auto entries, store->GetTree(found->artefact.AsFile().digest));
    for (const TreeEntry& entry : entries) {
      if (entry.type == TreeEntry::Type::kEmptyDirectory) continue;
      OPS_TRY(store->Get(entry.blob));
    }
    return {};
  };
  const Status checked = whole();
  if (checked) return {};
  return Fail(checked.error().kind,
              fmt::format("version {} of {} cannot be put in charge: {}", version,
                          model.entry.address, checked.error().message),
              fmt::format("version {0} stays in charge; `opsc model list` shows the others, "
                          "`opsc model promote {1} VERSION` puts one of them in charge",
                          model.registry.champion(), model.entry.address));
}

// Puts a version in charge, announced and recorded like any effect.
Status PutInCharge(const CliSession& session, Journal& journal, RecordedModel model,
                   const Change& change, const std::string& command) {
  OPS_ASSIGN(const std::string run, journal.BeginRun(command));
  const Time began = session.env->Now();
  OPS_ASSIGN(const uint64_t intent,
             journal.Intent({run, model.entry.address, model.entry.type, "update", run,
                             model.entry.fields, model.entry.recorded}));
  model.registry.promotions.push_back({FormatTime(began), change.version, run, change.reason});
  if (model.registry.challenger == change.version) model.registry.challenger = 0;
  model.entry.recorded = ToValue(model.registry);
  model.entry.outs = OutsOf(model.registry);
  StepRecord step{run, model.entry.address, "update", "ok", change.reason, began, 0};
  OPS_TRY(journal.Complete(intent, model.entry, step));
  return journal.EndRun(run, RunOutcome::kOk, change.reason);
}

// Trackers hear of it, as after an apply.
Status TellChange(const CliSession& session, const Project& project, Journal& journal,
                  const std::string& name) {
  OPS_ASSIGN(const auto store, OpenContentStore(project.state_dir));
  OPS_ASSIGN(const auto entry, journal.Entry(name));
  if (!entry) return {};
  TellTrackersOf({project.state_dir, StateId(journal), store.get()}, {{*entry}}, session, {});
  return {};
}

Result<int> Apply(CliSession& session, const Args& args, const std::string& verb,
                  Result<Change> (*choose)(const RecordedModel&, const Args&)) {
  OPS_ASSIGN(const Project project, FindStateProject(*session.env));
  OPS_ASSIGN(const auto lock, LockProject(session, args, project));
  OPS_ASSIGN(const auto journal, OpenJournal(project.state_dir));
  OPS_ASSIGN(RecordedModel model, FindModel(*journal, args.positional[0]));
  OPS_ASSIGN(const Change change, choose(model, args));
  const std::string name = model.entry.address;
  const int64_t before = model.registry.champion();
  const auto say = [&](const std::string& text) {
    const Json json = {{"model", name}, {"version", change.version}, {"before", before}};
    WriteOut(session.json ? JsonText(json, 2) + "\n" : text);
  };
  if (change.version == before) {
    say(fmt::format("version {} of {} is in charge already\n", before, name));
    return kExitOk;
  }
  OPS_TRY(CheckWhole(project, model, change.version));
  OPS_TRY(PutInCharge(session, *journal, std::move(model), change,
                      fmt::format("opsc model {} {}", verb, name)));
  say(fmt::format("version {} of {} is in charge now (before: {})\n", change.version, name,
                  before));
  PrintNote(session, "endpoints follow with the next `opsc apply`");
  OPS_TRY(TellChange(session, project, *journal, name));
  return kExitOk;
}

Result<Change> ChoosePromoted(const RecordedModel& model, const Args& args) {
  const std::string word = args.positional.size() > 1 ? args.positional[1] : "challenger";
  OPS_ASSIGN(const ModelVersion version, FindVersion(model, word));
  return Change{version.version, "promoted by hand"};
}

Result<Change> ChoosePrevious(const RecordedModel& model, const Args&) {
  const auto previous = model.registry.Previous();
  if (!previous) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` had no other version in charge before", model.entry.address),
                "opsc model promote puts a version in charge by its number");
  }
  return Change{*previous, fmt::format("{} from {}", kRolledBack, model.registry.champion())};
}

Result<int> Promote(CliSession& session, const Args& args) {
  return Apply(session, args, "promote", ChoosePromoted);
}
Result<int> Rollback(CliSession& session, const Args& args) {
  return Apply(session, args, "rollback", ChoosePrevious);
}

}  // namespace

extern const Command kModelPromoteCommand = {
    .name = "model promote",
    .summary = "put a version in charge",
    .example = "opsc model promote churn 3",
    .run = Promote,
    .positional = {"MODEL [VERSION]", 1, 2, Completes::kAddresses},
    .groups = kLockGroup | kJsonGroup,
    .details =
        "Without a VERSION: the challenger. It stays in charge until a new candidate passes\n"
        "its gate; `opsc model history` knows who did what."};
extern const Command kModelRollbackCommand = {.name = "model rollback",
                                              .summary = "put the version before back in charge",
                                              .example = "opsc model rollback churn",
                                              .run = Rollback,
                                              .positional = {"MODEL", 1, 1, Completes::kAddresses},
                                              .groups = kLockGroup | kJsonGroup};

}  // namespace opsc
