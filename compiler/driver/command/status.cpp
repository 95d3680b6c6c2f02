#include <algorithm>
#include <map>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/kube/health.h"
#include "compiler/driver/kube/objects_text.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/recorded_runs.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/run_text.h"
#include "compiler/driver/show/table_text.h"
#include "compiler/driver/sync/sync_view.h"
#include "runtime/base/listing.h"
#include "runtime/graph/diff.h"

namespace opsc {
namespace {

// Everything that the command shows.
struct ProjectStatus {
  std::vector<StateEntry> entries;
  std::map<std::string, std::string> services;  // address → what is seen of it
  std::vector<OpenIntent> intents;
  std::optional<RunRecord> last_run;
  std::optional<LockHolder> holder;
  uint64_t serial = 0;
  bool recorded = false;  // there is a state, beside those of the syncs
  std::vector<SyncRecord> syncs;
  std::vector<ObjectHealth> objects;  // of clusters, as they are now
};

std::string OutText(const StateEntry& entry, std::string_view name) {
  const Value* value = entry.outs.Find(name);
  if (!value || value->is_null()) return "";
  return value->is(ValueKind::kString) ? std::string(value->AsString()) : ToText(*value);
}

// Whether it is up, or what is wrong; the process in the entry's outs is the one that runs now.
std::string ServiceState(Engine& engine, StateEntry& entry) {
  entry.outs = Overlay(entry.outs, Value::Record({{Symbol("pid"), Value::Null()}}));
  Kind* kind = engine.kinds.Find(entry.type);
  if (!kind) return "unknown";
  Result<Observed> seen = kind->Observe(engine.context, entry);
  if (!seen) return "unknown: " + seen.error().message;
  if (!seen->exists) return "down";
  if (!seen->outs.is_null()) entry.outs = Overlay(entry.outs, seen->outs);
  const Value* problem = seen->fields.Find("running");
  return problem ? std::string(problem->AsString()) : "up";
}

Status ReadState(Engine& engine, const Project& project, ProjectStatus& status) {
  status.recorded = true;
  OPS_ASSIGN(status.entries, engine.journal->Entries());
  OPS_ASSIGN(status.intents, engine.journal->OpenIntents());
  OPS_ASSIGN(status.serial, engine.journal->Serial());
  OPS_ASSIGN(auto runs, engine.journal->Runs(1));
  OPS_TRY(MarkKilledRuns(project, runs));
  if (!runs.empty()) status.last_run = runs.front();
  OPS_ASSIGN(status.holder, ReadLockHolder(project.state_dir));
  for (StateEntry& entry : status.entries) {
    if (entry.type == "service") status.services[entry.address] = ServiceState(engine, entry);
  }
  return {};
}

// Those of the project, and those that its syncs keep, as `SYNC/ADDRESS`.
std::vector<ObjectHealth> ObjectsOf(Env& env, const Project& project, const ProjectStatus& status) {
  std::vector<StateEntry> entries = status.entries;
  for (const SyncRecord& sync : status.syncs) {
    Project synced = project;
    synced.state_dir = SyncStateDirectory(project, sync.name);
    auto journal = OpenExistingJournal(env, synced);
    if (!journal) continue;
    auto kept = (*journal)->Entries();
    if (!kept) continue;
    for (StateEntry& entry : *kept) {
      entry.address = sync.name + "/" + entry.address;
      entries.push_back(std::move(entry));
    }
  }
  KindContext context;
  context.env = &env;
  context.project_root = project.root;
  return HealthOfObjects(context, entries, MakeHealthJudge());
}

std::string StateText(const ProjectStatus& status, Time now, bool color) {
  std::map<std::string, int> counts;
  for (const StateEntry& entry : status.entries) ++counts[entry.type];
  std::vector<Tally> named;
  for (const auto& [type, count] : counts) named.push_back({count, type});
  std::string text = fmt::format("State: serial {}, {}\n", status.serial,
                                 named.empty() ? "empty" : TallyText(named));
  if (status.last_run) {
    const RunRecord& run = *status.last_run;
    text += fmt::format("Last run: {} {} ({}, {})\n", run.id, OutcomeName(run.outcome), run.command,
                        AgoText(run.started, now));
  }
  if (status.holder) {
    text += fmt::format("Locked by: {}@{}, process {}, {} ({})\n", status.holder->user,
                        status.holder->host, status.holder->pid, status.holder->command,
                        AgoText(status.holder->since, now));
  }
  constexpr size_t kIntentsShown = 5;
  for (const OpenIntent& intent :
       std::span(status.intents).first(std::min(kIntentsShown, status.intents.size()))) {
    text += fmt::format("Interrupted: {} of {} ({}); the next apply brings it to an end\n",
                        intent.action, intent.address, intent.run);
  }
  if (status.intents.size() > kIntentsShown) {
    text += fmt::format("Interrupted: {} more\n", status.intents.size() - kIntentsShown);
  }
  std::vector<std::vector<std::string>> rows;
  for (const StateEntry& entry : status.entries) {
    if (entry.tainted) text += fmt::format("Tainted: {}\n", entry.address);
    auto service = status.services.find(entry.address);
    if (service == status.services.end()) continue;
    Style style = service->second == "up" ? Style::kGreen : Style::kRed;
    rows.push_back({"  " + entry.address, Paint(color, style, service->second),
                    OutText(entry, "url"), OutText(entry, "pid")});
  }
  if (rows.empty()) return text;
  rows.insert(rows.begin(), {"  SERVICE", Paint(color, Style::kDim, "STATE"), "URL", "PID"});
  return text + TableText(rows);
}

std::string StatusText(const ProjectStatus& status, Time now, bool color) {
  std::string text = status.recorded ? StateText(status, now, color) : "";
  return text + ObjectsText(status.objects, color) + SyncsText(status.syncs, now, color);
}

nlohmann::ordered_json StatusJson(const ProjectStatus& status) {
  nlohmann::ordered_json json = {{"serial", status.serial}, {"entries", status.entries.size()}};
  if (status.last_run) json["last_run"] = RunJson(*status.last_run);
  if (status.holder) {
    json["lock"] = {{"user", status.holder->user},
                    {"host", status.holder->host},
                    {"pid", status.holder->pid},
                    {"command", status.holder->command},
                    {"since", FormatTime(status.holder->since)}};
  }
  json["services"] = nlohmann::ordered_json::object();
  for (const auto& [address, state] : status.services) json["services"][address] = state;
  json["objects"] = ObjectsJson(status.objects);
  json["interrupted"] = nlohmann::ordered_json::array();
  for (const OpenIntent& intent : status.intents) json["interrupted"].push_back(intent.address);
  json["syncs"] = nlohmann::ordered_json::array();
  for (const SyncRecord& sync : status.syncs) json["syncs"].push_back(SyncJson(sync));
  return json;
}

constexpr OptionSpec kOptions[] = {
    {"--recorded", "", "only what is recorded: ask no cluster how its objects are"},
};

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  ProjectStatus status;
  OPS_ASSIGN(status.syncs, ReadSyncRecords(*session.env, project));
  auto existing = OpenExistingJournal(*session.env, project);
  if (!existing && status.syncs.empty()) return std::unexpected(existing.error());
  if (existing) {
    existing->reset();
    OPS_ASSIGN(auto engine, OpenEngine(session, args, project, {}));
    OPS_TRY(ReadState(*engine, project, status));
  }
  if (!args.Flag("recorded")) {
    status.objects = ObjectsOf(*session.env, project, status);
  }
  WriteOut(session.json ? JsonText(StatusJson(status), 2) + "\n"
                        : StatusText(status, session.env->Now(), session.terminal.out_color));
  return kExitOk;
}

}  // namespace

extern const Command kStatusCommand = {
    .name = "status",
    .summary =
        "what is recorded, how services, objects of clusters and syncs stand, who holds the state",
    .example = "opsc status",
    .run = Run,
    .options = kOptions,
    .groups = kRunningGroup | kJsonGroup};

}  // namespace opsc
