// Which objects a server would say the same about.
#pragma once

#include "runtime/value/value.h"

namespace opsc {

// Objects of one kind, place and shape whose texts are of the same sorts (names, words, quantities,
// others) have one likeness: what the API server refuses of one of them, it refuses of all. Empty:
// nothing is like it, as of custom resources, whose rules nobody knows here. Secrets do not
// shape it but by their sort.
std::string LikenessOf(const Value& fields);

}  // namespace opsc
