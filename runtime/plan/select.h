// Which nodes a plan is about.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/plan/plan.h"
#include "runtime/plan/prior.h"

namespace opsc {

// Addresses as a user names them: a node, a component (all in it) or a keyed family (all keys).
class AddressSet {
 public:
  // Fails where one is no address or names nothing in `known` (the nearest is suggested).
  static Result<AddressSet> Make(const std::vector<std::string>& names,
                                 const std::vector<std::string_view>& known);
  bool Covers(std::string_view address) const;
  bool empty() const { return names_.empty(); }

 private:
  std::unordered_set<std::string> names_;
};

// The answer, by index of the node.
struct Selection {
  std::vector<bool> nodes;      // to be planned
  std::vector<bool> requested;  // named by a target themselves
  std::vector<std::string> notes;
  AddressSet targets;
  AddressSet excludes;
};

Result<Selection> Select(const Graph& graph, const std::vector<size_t>& order,
                         const PriorMap& prior, const PlanOptions& options);

}  // namespace opsc
