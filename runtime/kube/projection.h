// What of an object in the cluster is the business of a manifest.
#pragma once

#include <string>
#include <vector>

#include "runtime/value/value.h"

namespace opsc {

// `live` in the shape of `manifest`: each field that the manifest has as it is in the cluster, null
// where it is not there. Items of lists are matched by the keys that the field managers of `live`
// know them by, so that what others add between them is no difference. A secret in the manifest is
// one in the result.
Value Project(const Value& manifest, const Value& live);

// `live` without what is nobody's wish: status, managed fields, counters, times, opsc's own
// annotations. What is in a Secret is marked secret.
Value Essence(const Value& live);

// The managers whose fields are in `live`, without opsc.
std::vector<std::string> OtherManagers(const Value& live);

}  // namespace opsc
