// The kind `model`: a registry of trained models, of which one is in charge.
#pragma once

#include <memory>

#include "runtime/column/kernel.h"
#include "runtime/graph/kind.h"
#include "runtime/ml/artefact.h"

namespace opsc {

// Fields: { candidate: the trained model (a directory), gate: { kernel, text }, promote: "auto" |
// "manual" }. To create or update is to ask the gate; who passes becomes a version, and with
// "auto" the champion. `kernels` outlives the kind.
std::unique_ptr<Kind> MakeModelKind(KernelLoader* kernels);

// The files of a model that is in the content store, which outlives the result.
Result<ModelFiles> FilesInStore(ContentStore& store, const Digest& tree);

}  // namespace opsc
