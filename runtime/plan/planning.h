// One plan in the making: what its steps share.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/graph/workers.h"
#include "runtime/plan/plan.h"
#include "runtime/plan/prior.h"
#include "runtime/plan/problems.h"
#include "runtime/plan/select.h"

namespace opsc {

struct Planning {
  static constexpr size_t kThreads = 16;  // they mostly wait for answers from outside

  const PlanInputs& inputs;
  const PlanOptions& options;
  std::vector<size_t> order{};                      // of the graph's nodes, needed ones first
  std::unordered_map<std::string, size_t> index{};  // of the graph's nodes, by address
  PriorMap prior{};
  Selection selection{};
  AddressSet replace{};                       // `--replace`
  std::map<std::string, int64_t> expected{};  // durations, by address
  Outputs known{};                            // outs of nodes that will not change
  std::set<std::string> fresh{};              // addresses of resources that the plan creates
  std::map<std::string, int> unchecked{};     // changes nobody could tell the outcome of, by reason
  Workers workers{kThreads};
  Problems problems{};
  Plan plan{};

  const Node* Find(const std::string& address) const {
    auto found = index.find(address);
    return found == index.end() ? nullptr : &inputs.graph->nodes[found->second];
  }
};

// Reports every two nodes that claim the same part of the world, selected or not.
void RefuseSharedClaims(Planning& planning);

// Asks the kinds what the changes of resources would come to, all at the same time, and writes it
// into them. REQUIRES: `changes` are of one wave, decided, and no other wave needs them yet.
struct Foreseen {
  const Node* node = nullptr;
  Change* change = nullptr;
  Value fields;  // in clear
  const Prior* prior = nullptr;
};
void ForeseeChanges(Planning& planning, const std::vector<Foreseen>& changes);

// Plans the selected nodes of the graph, what is needed first. In waves: all nodes whose needs are
// decided are asked about at the same time.
void PlanNodes(Planning& planning);

// Plans what is recorded and no longer in the source: deleted, or forgotten where `removed` says
// so.
void PlanRemovals(Planning& planning);

// Plans the deletion of all that is recorded, or of the targets and what depends on them.
Status PlanDestroy(Planning& planning);

}  // namespace opsc
