// The kind `model`: a registry of trained models, of which one is in charge.
#pragma once

#include <memory>

#include "runtime/column/kernel.h"
#include "runtime/graph/kind.h"
#include "runtime/ml/artefact.h"
#include "runtime/registry/model_tracker.h"

namespace opsc {

// Fields: { candidate: the trained model (a directory), gate: { kernel, text }, promote: "auto" |
// "manual", tracking: see TrackingOf }. To create or update is to ask the gate; who passes becomes
// a version, and with "auto" the champion. What was asked already is not asked again. `tracker`
// (nullptr: nobody) hears of candidates of models that are tracked. `kernels` outlives the kind.
std::unique_ptr<Kind> MakeModelKind(KernelLoader* kernels,
                                    std::unique_ptr<ModelTracker> tracker = nullptr);

// The files of a model that is in the content store, which outlives the result.
Result<ModelFiles> FilesInStore(ContentStore& store, const Digest& tree);

}  // namespace opsc
