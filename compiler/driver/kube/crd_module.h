// CustomResourceDefinitions as a module: `import "./crds/widgets.yaml" as widgets`.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// Whether an import names a file of manifests, not a folder of sources.
bool IsManifestPath(std::string_view path);

// The text of the module: a type for each definition, of its storage version, and the component
// `Definitions` with the definitions themselves. All are of one group and version.
Result<std::string> ModuleOfCrds(std::string_view yaml);

// The kind whose type such a module has for one definition: "example.org/v1 Widget"; "" where the
// definition says none.
std::string StoredKind(const Value& crd);

}  // namespace opsc
