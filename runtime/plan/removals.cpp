// What is recorded and no longer in the source.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "runtime/plan/removal.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Addresses that a `removed` names, with what is below them.
std::set<std::string> FindRemoved(Planning& planning) {
  std::set<std::string> removed;
  for (const std::string& name : planning.inputs.graph->removed) {
    if (planning.Find(name) != nullptr) {
      planning.problems.Add({ErrorKind::kInput,
                             fmt::format("`removed {}`: it is still in the source", name),
                             "delete the instance, or the `removed`"});
    }
    for (auto entry : Below(planning.prior, name)) removed.insert(entry->first);
  }
  return removed;
}

// Something new that is exactly what something else was: deleting the one would take the other.
void RefuseHiddenRename(Planning& planning) {
  std::unordered_map<std::string, const Change*> deleted;
  const std::string& salt = planning.inputs.journal->secret_salt();
  auto identity = [&](const Change& change, const Value& fields) {
    return change.type + '\0' + EncodeValue(fields, salt);
  };
  for (const Change& change : planning.plan.changes) {
    if (change.action == Action::kDelete) deleted[identity(change, change.before)] = &change;
  }
  if (deleted.empty()) return;
  for (const Change& change : planning.plan.changes) {
    if (change.action != Action::kAdopt || !change.before.is_null()) continue;
    auto same = deleted.find(identity(change, change.after));
    if (same == deleted.end()) continue;
    const std::string& old = same->second->address;
    planning.problems.Add(
        {ErrorKind::kInput,
         fmt::format("`{}` is what `{}` was until now, and deleting that would take it away",
                     change.address, old),
         fmt::format("say `moved {} to {}`", old, change.address)});
  }
}

// Recorded and not in the source, in the order of addresses; without what the options leave out.
std::vector<const Prior*> FindUnsourced(const Planning& planning) {
  std::vector<const Prior*> unsourced;
  const Selection& selection = planning.selection;
  for (const auto& [address, recorded] : planning.prior) {
    if (planning.Find(address) != nullptr || selection.excludes.Covers(address)) continue;
    if (!selection.targets.empty() && !selection.targets.Covers(address)) continue;
    unsourced.push_back(&recorded);
  }
  return unsourced;
}

// Keeps what something that stays as it is was made with, and says so.
void KeepUnderneath(Planning& planning, std::vector<Removal>& removals,
                    const Dependents& dependents) {
  SortForRemoval(removals, dependents);
  std::unordered_set<std::string_view> leaving;
  for (const Removal& removal : removals) leaving.insert(removal.prior->entry.address);
  std::erase_if(removals, [&](const Removal& removal) {
    if (removal.action == Action::kForget) return false;
    const std::string& address = removal.prior->entry.address;
    for (const Prior* dependent : DependentsOf(dependents, address)) {
      const std::string& other = dependent->entry.address;
      auto node = planning.index.find(other);
      bool replanned = node != planning.index.end() && planning.selection.nodes[node->second];
      if (replanned || leaving.contains(other)) continue;
      leaving.erase(address);
      planning.plan.notes.push_back(
          fmt::format("`{}` is kept: `{}`, which is left out, was made with it", address, other));
      return true;
    }
    return false;
  });
}

// Everything recorded would go, because nothing is left in the source.
bool IsEmptied(const Planning& planning, const std::vector<Removal>& removals) {
  bool has_resources = std::ranges::any_of(planning.inputs.graph->nodes, [](const Node& node) {
    return RoleOf(node.type) == Role::kResource;
  });
  bool deletes = std::ranges::any_of(
      removals, [](const Removal& removal) { return removal.action == Action::kDelete; });
  return !has_resources && deletes;
}

}  // namespace

void PlanRemovals(Planning& planning) {
  if (planning.options.scope == PlanOptions::Scope::kRequested) return;
  auto removed = FindRemoved(planning);
  auto dependents = FindDependents(planning.prior);
  std::vector<Removal> removals;
  for (const Prior* prior : FindUnsourced(planning)) {
    const StateEntry& entry = prior->entry;
    Reason reason{ReasonKind::kRemovedFromSource, ""};
    if (removed.contains(entry.address)) {
      removals.push_back({prior, Action::kForget, reason});
      continue;
    }
    if (entry.protect && !IsGone(*prior)) {
      RefuseProtected(planning, entry.address,
                      fmt::format("put it back, or set `protect: false` and apply before deleting "
                                  "it; to keep the thing and only forget it: `removed {}`",
                                  entry.address));
      continue;
    }
    removals.push_back(RemovalOf(planning, *prior, reason));
  }
  if (planning.options.refuse_empty && IsEmptied(planning, removals)) {
    planning.problems.Add({ErrorKind::kDenied,
                           fmt::format("the source has no resources any more, and all {} that are "
                                       "recorded would be deleted",
                                       removals.size()),
                           "if that is meant: `opsc destroy`, or `allow_empty: true` in the sync"});
  }
  KeepUnderneath(planning, removals, dependents);
  AppendRemovals(planning, std::move(removals), dependents);
  RefuseHiddenRename(planning);
}

}  // namespace opsc
