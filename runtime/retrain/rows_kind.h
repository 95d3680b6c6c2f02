// The kind `training_rows`: the table that a model is trained on, moved on by its triggers.
#pragma once

#include <memory>

#include "runtime/column/kernel.h"
#include "runtime/graph/kind.h"

namespace opsc {

// Fields: { rows: the table of features as it is now (a file), triggers: […], cooldown: duration,
// due: false }. Outs: { rows: the table to train on, since: when
// that was decided, why }. To create is to take the table; to update is
// to ask the triggers. Where none fires the table before stays, and nothing that needs it has
// anything to do. A time that has come is seen as drift of `due`. `kernels` outlives the kind.
std::unique_ptr<Kind> MakeTrainingRowsKind(KernelLoader* kernels);

}  // namespace opsc
