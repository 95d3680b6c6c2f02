// The kind `deployment`: what a server of a model serves. The server itself is a service.
#pragma once

#include <memory>

#include "runtime/column/kernel.h"
#include "runtime/graph/kind.h"

namespace opsc {

// Fields: { model: its name, version: int, artefact: the trained model (a directory), input: row
// type of requests as JSON or "", port: where the server answers,
// rollout: { steps: [ratio], hold: duration, abort: { kernel, text } or null } }.
// To create is to write the file; to update is to roll the new version out. `kernels` outlives the
// kind.
std::unique_ptr<Kind> MakeDeploymentKind(KernelLoader* kernels);

// Where the file of an endpoint stands: PROJECT/.ops/endpoints/ADDRESS/deployment.json.
std::string DeploymentPath(const std::string& state_dir, std::string_view address);

}  // namespace opsc
