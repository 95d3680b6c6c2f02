#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "runtime/plan/removal.h"

namespace opsc {
namespace {

using Addresses = std::unordered_set<std::string_view>;

// `start` and everything reachable from it.
Addresses Closure(std::vector<const Prior*> start,
                  const std::function<std::vector<const Prior*>(const Prior&)>& next) {
  Addresses reached;
  while (!start.empty()) {
    const Prior* prior = start.back();
    start.pop_back();
    if (!reached.insert(prior->entry.address).second) continue;
    std::ranges::copy(next(*prior), std::back_inserter(start));
  }
  return reached;
}

// What is to go, and what stays because something excluded was made with it.
struct DestroyScope {
  Addresses leaving;
  Addresses kept;
  AddressSet excludes;
};

Result<DestroyScope> FindScope(const Planning& planning, const Dependents& dependents) {
  std::vector<std::string_view> known;
  for (const auto& [address, recorded] : planning.prior) known.push_back(address);
  for (const Node& node : planning.inputs.graph->nodes) known.push_back(node.address);
  OPS_ASSIGN(AddressSet targets, AddressSet::Make(planning.options.targets, known));
  DestroyScope scope;
  OPS_ASSIGN(scope.excludes, AddressSet::Make(planning.options.excludes, known));
  std::vector<const Prior*> wanted;
  std::vector<const Prior*> spared;
  for (const auto& [address, recorded] : planning.prior) {
    if (targets.empty() || targets.Covers(address)) wanted.push_back(&recorded);
    if (scope.excludes.Covers(address)) spared.push_back(&recorded);
  }
  scope.kept = Closure(spared, [&](const Prior& prior) {
    std::vector<const Prior*> needs;
    for (const std::string& needed : prior.entry.depends_on) {
      auto found = planning.prior.find(needed);
      if (found != planning.prior.end()) needs.push_back(&found->second);
    }
    return needs;
  });
  scope.leaving = Closure(
      wanted, [&](const Prior& prior) { return DependentsOf(dependents, prior.entry.address); });
  return scope;
}

bool IsProtected(const Planning& planning, const Prior& prior) {
  const Node* node = planning.Find(prior.entry.address);
  return (node != nullptr ? node->meta.protect : prior.entry.protect) && !IsGone(prior);
}

std::vector<Removal> FindRemovals(Planning& planning, const DestroyScope& scope) {
  std::vector<Removal> removals;
  for (const auto& [address, recorded] : planning.prior) {
    if (!scope.leaving.contains(address)) continue;
    if (scope.kept.contains(address)) {
      if (scope.excludes.Covers(address)) continue;
      planning.plan.notes.push_back(
          fmt::format("`{}` is kept: something that is excluded was made with it", address));
    } else if (IsProtected(planning, recorded)) {
      RefuseProtected(
          planning, address,
          fmt::format("set `protect: false` first, or leave it: --exclude '{}'", address));
    } else {
      removals.push_back(RemovalOf(planning, recorded, {ReasonKind::kRequested, ""}));
    }
  }
  return removals;
}

}  // namespace

Status PlanDestroy(Planning& planning) {
  auto dependents = FindDependents(planning.prior);
  OPS_ASSIGN(DestroyScope scope, FindScope(planning, dependents));
  if (planning.options.refresh) {
    auto wanted = [&](const Prior& prior) {
      return scope.leaving.contains(prior.entry.address) &&
             !scope.kept.contains(prior.entry.address);
    };
    ObservePrior(planning.prior, wanted, planning.inputs, planning.workers, planning.problems);
  }
  AppendRemovals(planning, FindRemovals(planning, scope), dependents);
  return {};
}

}  // namespace opsc
