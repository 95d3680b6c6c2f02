#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/planning.h"
#include "compiler/driver/project/recorded_entries.h"
#include "compiler/driver/project/saved_plan.h"
#include "compiler/driver/show/entry_text.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/plan_text.h"

namespace opsc {
namespace {

Result<int> ShowPlan(CliSession& session, const std::string& path) {
  OPS_ASSIGN(Plan plan, ReadPlanFile(*session.env, path));
  if (session.json) {
    WriteOut(EncodePlan(plan) + "\n");
    return kExitOk;
  }
  PlanTextOptions options;
  options.color = session.terminal.out_color;
  options.verbose = session.verbosity == Verbosity::kVerbose;
  options.width = session.terminal.width;
  WriteOut(PlanText(plan, options));
  return kExitOk;
}

Result<int> Run(CliSession& session, const Args& args) {
  const std::string& word = args.positional.front();
  if (IsPlanFile(*session.env, word)) return ShowPlan(session, word);
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(auto journal, OpenExistingJournal(*session.env, project));
  OPS_ASSIGN(StateEntry entry, FindEntry(*journal, word));
  WriteOut(session.json ? JsonText(EntryJson(entry), 2) + "\n"
                        : EntryText(entry, session.terminal.out_color));
  return kExitOk;
}

}  // namespace

extern const Command kShowCommand = {.name = "show",
                                     .summary = "a saved plan, or what is recorded of one instance",
                                     .example = "opsc show prod.plan --json",
                                     .run = Run,
                                     .positional = {"FILE|ADDRESS", 1, 1, Completes::kAddresses},
                                     .groups = kJsonGroup};

}  // namespace opsc
