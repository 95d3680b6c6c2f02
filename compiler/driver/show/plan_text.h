// A plan as people read it.
#pragma once

#include <set>
#include <string>

#include "runtime/graph/plan.h"

namespace opsc {

struct PlanTextOptions {
  bool color = false;
  bool verbose = false;                // also what is up to date
  int width = 100;                     // longer values are cut
  std::set<std::string> create_first;  // replaced as `+/-`
};

std::string PlanText(const Plan& plan, const PlanTextOptions& options);
// "Changed outside of opsc: …" and an empty line; empty where nothing drifted.
std::string DriftText(const Plan& plan, const PlanTextOptions& options);
// "Plan: 2 to run, 1 to create, 0 to change, 0 to destroy; 41 up to date."
std::string PlanFooter(const Plan& plan);
// The same of a plan that has only `up_to_date` nodes.
std::string NothingToDoText(uint64_t up_to_date);
// Addresses of the graph that are created before their old version goes.
std::set<std::string> CreateFirst(const Graph& graph);
// How long the longest chain of changes takes by history; 0: unknown.
int64_t ExpectedNanoseconds(const Plan& plan);

}  // namespace opsc
