#include "runtime/plan/plan.h"

#include "runtime/plan/planning.h"

namespace opsc {
namespace {

Result<std::vector<std::pair<std::string, Value>>> PlanOuts(Planning& planning) {
  std::vector<std::pair<std::string, Value>> outs;
  for (const auto& [name, value] : planning.inputs.graph->outs) {
    Value known = value;
    if (value.has_pending()) {
      OPS_ASSIGN(known, planning.inputs.program->ResolveOut(Symbol(name), planning.known));
    }
    OPS_ASSIGN(known, Seal(known, planning.inputs.journal->secret_salt()));
    outs.emplace_back(name, std::move(known));
  }
  return outs;
}

Status FillHead(Planning& planning) {
  Plan& plan = planning.plan;
  const Graph& graph = *planning.inputs.graph;
  plan.sources = graph.sources;
  plan.checks = graph.checks;
  plan.targets = planning.options.targets;
  plan.excludes = planning.options.excludes;
  plan.destroy = planning.options.destroy;
  for (const auto& [name, value] : graph.params) {
    OPS_ASSIGN(plan.params[name], Seal(value, planning.inputs.journal->secret_salt()));
  }
  return {};
}

// REQUIRES: the selection is made.
void Observe(Planning& planning) {
  if (!planning.options.refresh) return;
  const Selection& selection = planning.selection;
  bool removes = planning.options.scope == PlanOptions::Scope::kResources;
  auto wanted = [&](const Prior& prior) {
    const std::string& address = prior.entry.address;
    auto node = planning.index.find(address);
    if (node != planning.index.end()) return bool{selection.nodes[node->second]};
    return removes && !selection.excludes.Covers(address) &&
           (selection.targets.empty() || selection.targets.Covers(address));
  };
  ObservePrior(planning.prior, wanted, planning.inputs, planning.workers, planning.problems);
}

Status PlanAll(Planning& planning) {
  const Graph& graph = *planning.inputs.graph;
  OPS_ASSIGN(planning.selection, Select(graph, planning.order, planning.prior, planning.options));
  planning.plan.notes = planning.selection.notes;
  std::vector<std::string_view> known;
  known.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) known.push_back(node.address);
  const auto& replace = planning.options.replace;
  OPS_ASSIGN(planning.replace, AddressSet::Make({replace.begin(), replace.end()}, known));
  RefuseSharedClaims(planning);
  Observe(planning);
  PlanNodes(planning);
  PlanRemovals(planning);
  OPS_ASSIGN(planning.plan.outs, PlanOuts(planning));
  return {};
}

}  // namespace

Result<Plan> MakePlan(const PlanInputs& given, const PlanOptions& options) {
  PlanInputs inputs = given;
  inputs.kind_context.pass = NewPass();
  Planning planning{.inputs = inputs, .options = options};
  OPS_ASSIGN(planning.plan.state_serial, inputs.journal->Serial());
  OPS_ASSIGN(planning.order, TopologicalOrder(*inputs.graph));
  planning.index = inputs.graph->BuildIndex();
  OPS_ASSIGN(planning.prior, LoadPrior(inputs));
  OPS_ASSIGN(planning.expected, inputs.journal->ExpectedDurations());
  OPS_TRY(FillHead(planning));
  OPS_TRY(options.destroy ? PlanDestroy(planning) : PlanAll(planning));
  if (!planning.problems.empty()) return std::unexpected(planning.problems.Joined());
  return std::move(planning.plan);
}

}  // namespace opsc
