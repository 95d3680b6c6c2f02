// Manifests → a program in `.ops`.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/kube/manifests.h"

namespace opsc {

struct ImportedProgram {
  std::string text;                // formatted
  std::vector<std::string> notes;  // what a reader has to know of it, one sentence each
};

// One instance an object. Each is checked against its type; one that does not fit, or has no type,
// becomes a `k8s.Object`, marked with the reason.
Result<ImportedProgram> ImportManifests(const std::vector<LocatedObject>& manifests);

}  // namespace opsc
