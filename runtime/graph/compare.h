// What a resource needs to become as desired: the rules that planning and applying share.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/diff.h"
#include "runtime/graph/kind.h"

namespace opsc {

// kNoop, kUpdate or kReplace, and why.
struct Comparison {
  Action action = Action::kNoop;
  std::vector<FieldDiff> diff;
};

// `actual` (recorded, overlaid with what was observed) against `desired`, both sealed; honours
// ignore, replace_when and what the kind cannot change in place.
Comparison CompareFields(const Value& actual, const Value& desired, const Meta& meta,
                         const Kind& kind);

// Something stands where a new resource would be made, and it is not what is desired.
Error ExistsAndDiffers(const std::string& address, const std::string& type,
                       const std::vector<FieldDiff>& differs);

}  // namespace opsc
