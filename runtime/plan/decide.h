// What to do with one resource: desired × recorded × observed → action, reasons, differences.
#pragma once

#include "runtime/graph/kind.h"
#include "runtime/plan/prior.h"

namespace opsc {

// All that decides about one resource of the source.
struct ResourceView {
  const Node* node = nullptr;
  Value desired;                    // sealed, may be pending
  const Prior* prior = nullptr;     // null: not recorded
  const Observed* found = nullptr;  // not recorded: what stands in its place; null: not looked
  const Kind* kind = nullptr;
  bool replace_requested = false;
};

// Fills in action, reasons, before, after, diff and observed of `change`; adds its drift.
void DecideResource(const ResourceView& view, Change& change, std::vector<Drift>& drift,
                    Problems& problems);

// "a, b, c and 4 more".
std::string JoinPaths(const std::vector<FieldDiff>& diff);
// The addresses that `value` waits for, each once, as reasons.
std::vector<Reason> UpstreamReasons(const Value& value);

}  // namespace opsc
