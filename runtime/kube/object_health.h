// How the recorded objects of clusters are doing now.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/graph/kind.h"
#include "runtime/kube/health.h"

namespace opsc {

struct ObjectHealth {
  std::string address;  // of the instance
  std::string kind;
  std::string name_space;  // empty: of the whole cluster
  std::string name;
  Health health;
};

// Of each entry of the kind `kubernetes`, in their order; Unknown, with the reason, where the
// cluster does not tell. Reads collections as a plan does.
std::vector<ObjectHealth> HealthOfObjects(const KindContext& context,
                                          std::span<const StateEntry> entries,
                                          const HealthJudge& judge);

}  // namespace opsc
