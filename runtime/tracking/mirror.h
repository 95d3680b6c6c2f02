// One event made true in MLflow, whatever of it is there already.
#pragma once

#include <functional>
#include <string>

#include "runtime/ml/artefact.h"
#include "runtime/tracking/event.h"
#include "runtime/tracking/mlflow.h"

namespace opsc {

// The files of a trained model, as far as they are still there.
using ArtefactFiles = std::function<Result<ModelFiles>(const Digest& artefact)>;

// Runs are found again by the tags `opsc.state`, `opsc.model` and `opsc.digest`, versions by
// `opsc.digest`, before any is made: killed between any two requests and told again, there is one
// of each. The registered model must be this state's and model's own (its tags), else kConflict.
// The rows on which a model was tested are not handed over.
Status Tell(Mlflow& mlflow, const TrackingEvent& event, const ArtefactFiles& files);

// How MLflow calls the model: its names have no `/`, `:` or quotes.
std::string RegisteredName(const TrackedModel& model);

}  // namespace opsc
