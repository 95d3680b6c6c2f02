// The versions of a model and which one is in charge, as the state notes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/value/value.h"

namespace opsc {

// One trained model that passed its gate. Versions count from 1 and are never reused.
struct ModelVersion {
  int64_t version = 0;
  Value artefact;       // the directory of the model: a file with its digest
  std::string created;  // RFC 3339
  std::string run;      // that registered it
};

inline constexpr std::string_view kRolledBack = "rolled back";

// One change of who is in charge: what served when is the list of these.
struct Promotion {
  std::string at;  // RFC 3339
  int64_t version = 0;
  std::string run;
  std::string reason;  // "passed its gate", "promoted by hand", "rolled back from 3"
};

struct Registry {
  std::vector<ModelVersion> versions;  // by version
  std::vector<Promotion> promotions;   // oldest first; the last one is in charge
  int64_t challenger = 0;              // passed its gate and waits for a promotion; 0: none

  int64_t champion() const { return promotions.empty() ? 0 : promotions.back().version; }
  const ModelVersion* Find(int64_t version) const;  // nullptr: there is none
  // The version that was in charge before the one that is now. Versions that somebody went back
  // from are not gone back to.
  std::optional<int64_t> Previous() const;
  // Was it in charge until somebody went back from it?
  bool WentBackFrom(int64_t version) const;
};

// As `recorded` of the model's entry; what it does not know is empty, and versions that it does not
// have are in charge of nothing.
Registry RegistryFrom(const Value& recorded);
Value ToValue(const Registry& registry);

// What a model gives to the rest of the program: `champion` (the artefact), `version`, `challenger`
// (the artefact, or null).
Value OutsOf(const Registry& registry);

}  // namespace opsc
