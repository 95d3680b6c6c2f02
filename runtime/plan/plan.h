// desired × prior × observed → Plan. Reads the world only through the interfaces it is given.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "runtime/graph/content_store.h"
#include "runtime/graph/diff.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/kind.h"
#include "runtime/graph/plan.h"
#include "runtime/graph/state.h"
#include "runtime/graph/task.h"

namespace opsc {

struct PlanOptions {
  std::vector<std::string> targets;  // addresses; empty: every resource and the tasks it needs
  std::vector<std::string> excludes;
  std::set<std::string> replace;  // addresses
  bool refresh = true;            // observe what is recorded
  bool destroy = false;           // plan the deletion of all (or of the targets)
  enum class Scope { kResources, kRequested } scope = Scope::kResources;
  // kResources: `plan`/`apply`: resources and the tasks they need (or the targets named).
  // kRequested: `run`: exactly the targets and all that they need.
  bool force = false;  // run targeted tasks although cached
  // Who makes the changes is asked what they would come to: of each, or, where nobody looks at
  // that, of what is made anew only once for all that are alike.
  enum class Forecasts { kAll, kOneOfAlike } forecasts = Forecasts::kAll;
  // Nobody looks at the plan: a program that has lost all its resources is more likely a mistake
  // than a wish, and is refused.
  bool refuse_empty = false;
};

struct PlanInputs {
  const Graph* graph = nullptr;
  Program* program = nullptr;
  Journal* journal = nullptr;
  TaskRunner* tasks = nullptr;
  KindTable* kinds = nullptr;
  KindContext kind_context;
};

Result<Plan> MakePlan(const PlanInputs& inputs, const PlanOptions& options);

}  // namespace opsc
