// What an object of Kubernetes needs to be there first, and what it is to others.
#pragma once

#include "runtime/graph/kind.h"

namespace opsc {

// Namespaces before what is in them, definitions before their resources, rights and configuration
// before the workloads that name them, webhooks after what answers them. Only by what `fields`
// says; pending parts are passed over.
NaturalOrder OrderOfObject(const Value& fields);
// See Kind::ClaimsOf: the object itself, where its names are known.
std::vector<std::string> ClaimsOfObject(const Value& fields);

}  // namespace opsc
