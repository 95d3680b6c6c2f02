#include <fmt/format.h>

#include "runtime/plan/planning.h"

namespace opsc {
namespace {

std::string PrintOrigin(const SourceLocation& origin) {
  return origin.line > 0 ? fmt::format(" ({}:{})", origin.file, origin.line) : "";
}

}  // namespace

void RefuseSharedClaims(Planning& planning) {
  std::unordered_map<std::string, const Node*> owners;
  for (const Node& node : planning.inputs.graph->nodes) {
    const Kind* kind = planning.inputs.kinds->Find(node.type);
    if (kind == nullptr) continue;
    for (std::string& claim : kind->ClaimsOf(planning.inputs.kind_context, node.fields)) {
      auto [owner, is_first] = owners.try_emplace(std::move(claim), &node);
      if (is_first || owner->second == &node) continue;
      planning.problems.Add(
          node.address,
          {ErrorKind::kInput,
           fmt::format("{} is that of `{}` too{}", owner->first, owner->second->address,
                       PrintOrigin(owner->second->origin)),
           "only one instance can own it: give this one another, or remove one of them"});
    }
  }
}

}  // namespace opsc
