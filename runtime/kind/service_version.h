// From the fields of a `service` to what its supervisor runs.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/kind.h"
#include "runtime/kind/service_spec.h"

namespace opsc {

// The spec of a service whose directory is `service_dir`. Files that the command or the environment
// name are copied to `service_dir/versions/<version>/`, so that a later build does not alter what
// runs; so is the script where `run` is one.
Result<ServiceSpec> PrepareVersion(const KindContext& context, const ApplyRequest& request,
                                   const std::string& service_dir);

// Removes the versions of `service_dir` but those named.
Status RemoveOtherVersions(const std::string& service_dir, const std::vector<std::string>& keep);

// The clear text of every secret in `fields`, longest first.
std::vector<std::string> SecretTexts(const Value& fields);
// `text` with each of them replaced by "(secret)".
std::string MaskSecrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace opsc
