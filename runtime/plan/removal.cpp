#include "runtime/plan/removal.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_set>

namespace opsc {
namespace {

bool IsEffect(Action action) {
  return action == Action::kCreate || action == Action::kUpdate || action == Action::kReplace ||
         action == Action::kDelete;
}

}  // namespace

Dependents FindDependents(const PriorMap& prior) {
  Dependents dependents;
  for (const auto& [address, recorded] : prior) {
    for (const std::string& needed : recorded.entry.depends_on) {
      dependents[needed].push_back(&recorded);
    }
  }
  return dependents;
}

const std::vector<const Prior*>& DependentsOf(const Dependents& dependents,
                                              std::string_view address) {
  static const std::vector<const Prior*> kNobody;
  auto found = dependents.find(address);
  return found == dependents.end() ? kNobody : found->second;
}

void SortForRemoval(std::vector<Removal>& removals, const Dependents& dependents) {
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < removals.size(); ++i) index[removals[i].prior->entry.address] = i;
  std::vector<size_t> missing(removals.size());
  for (size_t i = 0; i < removals.size(); ++i) {
    for (const Prior* dependent : DependentsOf(dependents, removals[i].prior->entry.address)) {
      if (index.contains(dependent->entry.address)) ++missing[i];
    }
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < removals.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<Removal> sorted;
  while (!ready.empty()) {
    const Removal& next = removals[ready.top()];
    ready.pop();
    sorted.push_back(next);
    for (const std::string& needed : next.prior->entry.depends_on) {
      auto waiting = index.find(needed);
      if (waiting != index.end() && --missing[waiting->second] == 0) ready.push(waiting->second);
    }
  }
  // A cycle can only come from a damaged state; then any order is as good as another.
  for (size_t i = 0; i < removals.size() && sorted.size() < removals.size(); ++i) {
    if (missing[i] > 0) sorted.push_back(removals[i]);
  }
  removals = std::move(sorted);
}

void AppendRemovals(Planning& planning, std::vector<Removal> removals,
                    const Dependents& dependents) {
  SortForRemoval(removals, dependents);
  std::unordered_set<std::string_view> effects;
  for (const Change& change : planning.plan.changes) {
    if (IsEffect(change.action)) effects.insert(change.address);
  }
  for (const Removal& removal : removals) {
    if (IsEffect(removal.action)) effects.insert(removal.prior->entry.address);
  }
  std::vector<Change> changes;
  for (const Removal& removal : removals) {
    const StateEntry& entry = removal.prior->entry;
    Change change;
    change.address = entry.address;
    change.type = entry.type;
    change.action = removal.action;
    change.reasons = {removal.reason};
    change.before = entry.fields;
    change.moved_from = removal.prior->moved_from;
    if (removal.prior->observed) change.observed = removal.prior->observed->digest;
    for (const Prior* dependent : DependentsOf(dependents, entry.address)) {
      if (effects.contains(dependent->entry.address)) {
        change.depends_on.push_back(dependent->entry.address);
      }
    }
    if (auto expected = planning.expected.find(entry.address);
        expected != planning.expected.end()) {
      change.expected_ns = expected->second;
    }
    changes.push_back(std::move(change));
  }
  std::ranges::move(changes, std::back_inserter(planning.plan.changes));
}

bool IsGone(const Prior& prior) {
  return prior.observed && !prior.observed->exists;
}

Removal RemovalOf(Planning& planning, const Prior& prior, Reason reason) {
  if (RoleOf(prior.entry.type) != Role::kResource) return {&prior, Action::kForget, reason};
  if (!IsGone(prior)) return {&prior, Action::kDelete, reason};
  planning.plan.drift.push_back({.address = prior.entry.address, .diff = {}, .gone = true});
  return {&prior, Action::kForget, {ReasonKind::kDrift, "is gone"}};
}

void RefuseProtected(Planning& planning, const std::string& address, std::string hint) {
  planning.problems.Add({ErrorKind::kDenied,
                         fmt::format("`{}` is protected and would be deleted", address),
                         std::move(hint)});
}

}  // namespace opsc
