#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/recorded_runs.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/run_text.h"
#include "compiler/driver/sync/sync_view.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-n,--number", "N", "how many runs (default 20)", "", OptionSyntax::kCount},
};

Result<int> ShowRuns(CliSession& session, const Args& args, const Project& project,
                     Journal& journal) {
  OPS_ASSIGN(auto runs, journal.Runs(std::stoul(args.ValueOr("number", "20"))));
  OPS_TRY(MarkKilledRuns(project, runs));
  if (session.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const RunRecord& run : runs) list.push_back(RunJson(run));
    WriteOut(JsonText(list, 2) + "\n");
    return kExitOk;
  }
  WriteOut(runs.empty() ? "no runs yet\n"
                        : RunsText(runs, session.env->Now(), session.terminal.out_color));
  return kExitOk;
}

Result<int> ShowRun(CliSession& session, const Project& project, Journal& journal,
                    const std::string& word) {
  OPS_ASSIGN(RunRecord run, FindRun(journal, word));
  OPS_TRY(MarkKilledRuns(project, {&run, 1}));
  OPS_ASSIGN(auto steps, journal.Steps(run.id));
  if (session.json) {
    nlohmann::ordered_json json = RunJson(run);
    json["steps"] = nlohmann::ordered_json::array();
    for (const StepRecord& step : steps) json["steps"].push_back(StepJson(step));
    WriteOut(JsonText(json, 2) + "\n");
    return kExitOk;
  }
  bool color = session.terminal.out_color;
  WriteOut(RunsText({run}, session.env->Now(), color) + "\n" + StepsText(steps, color));
  return kExitOk;
}

// `production`: what a sync did; `production/RUN`: the steps of one of its runs.
Result<int> ShowSync(CliSession& session, const Args& args, const Project& project,
                     const SyncRecord& record, const std::string& run) {
  if (!run.empty()) {
    Project synced{project.root, SyncStateDirectory(project, record.name), {}};
    OPS_ASSIGN(auto journal, OpenExistingJournal(*session.env, synced));
    return ShowRun(session, synced, *journal, run);
  }
  size_t limit = std::stoul(args.ValueOr("number", "20"));
  WriteOut(session.json
               ? JsonText(SyncHistoryJson(record, limit), 2) + "\n"
               : SyncHistoryText(record, limit, session.env->Now(), session.terminal.out_color));
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(auto syncs, ReadSyncRecords(*session.env, project));
  if (!args.positional.empty()) {
    auto [record, rest] = FindSync(syncs, args.positional.front());
    if (record) return ShowSync(session, args, project, *record, rest);
  }
  OPS_ASSIGN(auto journal, OpenExistingJournal(*session.env, project));
  if (args.positional.empty()) return ShowRuns(session, args, project, *journal);
  return ShowRun(session, project, *journal, args.positional.front());
}

}  // namespace

extern const Command kHistoryCommand = {
    .name = "history",
    .summary = "the runs that were, the steps of one, or what a sync did",
    .example = "opsc history last",
    .run = Run,
    .positional = {"RUN|SYNC[/RUN]", 0, 1, Completes::kRuns},
    .options = kOptions,
    .groups = kJsonGroup,
    .details =
        "RUN is an id as listed, the beginning or the end of one, or `last`. SYNC: what `opsc "
        "agent` did "
        "for it.\n"
        "Cached tasks are counted in each run; they are listed where the run did anything else."};

}  // namespace opsc
