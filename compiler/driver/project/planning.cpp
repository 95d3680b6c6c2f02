#include "compiler/driver/project/planning.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/project/targets.h"
#include "compiler/driver/show/plan_text.h"

namespace opsc {
namespace {

// What to say of a program whose tasks nothing has asked for; empty: it is another one.
std::string OnlyTasks(const Graph& graph, const Plan& plan) {
  if (!plan.changes.empty() || !plan.targets.empty() || plan.destroy || graph.nodes.empty()) {
    return "";
  }
  return fmt::format(
      "No changes. {} task{}, and no resource needs {}: name what is wanted, as in "
      "`opsc run {}`.\n",
      graph.nodes.size(), graph.nodes.size() == 1 ? "" : "s",
      graph.nodes.size() == 1 ? "it" : "one", graph.nodes.back().address);
}

}  // namespace

Result<PlanOptions> ResolvePlanOptions(const Evaluation& evaluation, Journal& journal,
                                       PlanOptions options, const std::vector<std::string>& words) {
  options.targets.insert(options.targets.end(), words.begin(), words.end());
  if (options.targets.empty() && options.excludes.empty() && options.replace.empty()) {
    return options;
  }
  std::vector<std::string> recorded;
  OPS_ASSIGN(auto entries, journal.Entries());
  for (const StateEntry& entry : entries) recorded.push_back(entry.address);
  OPS_ASSIGN(options.targets, ResolveTargets(evaluation, recorded, options.targets));
  OPS_ASSIGN(options.excludes, ResolveTargets(evaluation, recorded, options.excludes));
  std::vector<std::string> replace(options.replace.begin(), options.replace.end());
  OPS_ASSIGN(replace, ResolveTargets(evaluation, recorded, replace));
  options.replace = {replace.begin(), replace.end()};
  return options;
}

Result<Plan> PlanTargets(Engine& engine, Prepared& prepared, PlanOptions options,
                         const std::vector<std::string>& words) {
  Evaluation& evaluation = *prepared.program->evaluation;
  OPS_ASSIGN(options, ResolvePlanOptions(evaluation, *engine.journal, std::move(options), words));
  return MakePlan(PlanInputsOf(engine, prepared.graph(), evaluation), options);
}

void PrintPlan(const CliSession& session, const Graph& graph, const Plan& plan) {
  if (session.json) {
    for (const std::string& line : PlanEvents(plan, session.env->Now())) WriteOut(line);
    return;
  }
  PlanTextOptions options;
  options.color = session.terminal.out_color;
  options.verbose = session.verbosity == Verbosity::kVerbose;
  options.width = session.terminal.width;
  options.create_first = CreateFirst(graph);
  if (std::string tasks = OnlyTasks(graph, plan); !tasks.empty()) return WriteOut(tasks);
  WriteOut(session.verbosity == Verbosity::kQuiet ? PlanFooter(plan) : PlanText(plan, options));
}

int ExitCodeOfPlan(const Plan& plan) {
  bool denied = std::any_of(plan.checks.begin(), plan.checks.end(),
                            [](const GraphCheck& check) { return check.failed && !check.warning; });
  return denied ? kExitDenied : kExitOk;
}

}  // namespace opsc
