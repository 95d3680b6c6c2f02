// What leaves the state, and in which order. Internal to runtime/plan.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/plan/planning.h"

namespace opsc {

// One recorded node that leaves the state.
struct Removal {
  const Prior* prior = nullptr;
  Action action = Action::kDelete;
  Reason reason;
};

// Who was made with whom: of each recorded address the recorded ones that depend on it.
using Dependents = std::unordered_map<std::string_view, std::vector<const Prior*>>;
Dependents FindDependents(const PriorMap& prior);
const std::vector<const Prior*>& DependentsOf(const Dependents& dependents,
                                              std::string_view address);

// Observed, and not there any more.
bool IsGone(const Prior& prior);
// Deletes, or forgets what needs no deleting (then the drift is noted).
Removal RemovalOf(Planning& planning, const Prior& prior, Reason reason);
void RefuseProtected(Planning& planning, const std::string& address, std::string hint);

// Dependents before what they depend on; by address where that leaves a choice.
void SortForRemoval(std::vector<Removal>& removals, const Dependents& dependents);
// Appends the changes, sorted; `depends_on` of each says what has to be done before it.
void AppendRemovals(Planning& planning, std::vector<Removal> removals,
                    const Dependents& dependents);

}  // namespace opsc
