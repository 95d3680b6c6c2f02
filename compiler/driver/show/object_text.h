// What a cluster says of an object, in words.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "compiler/driver/kube/kept_object.h"

namespace opsc {

struct ObjectFacts {
  KeptObject kept;
  Result<ObjectHistory> history;  // why it could not be asked
};

// "  is Deployment `shop/web` of https://…\n".
std::string ObjectIsText(const ObjectFacts& facts);
// Who wrote which fields of it, newest first; without what the cluster itself notes in its status.
std::string WritersText(const ObjectFacts& facts, Time now);
nlohmann::ordered_json ObjectJson(const ObjectFacts& facts);

}  // namespace opsc
