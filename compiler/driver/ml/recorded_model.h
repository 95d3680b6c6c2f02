// Models as the state and the content store have them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/cli/command.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/state.h"
#include "runtime/ml/artefact.h"
#include "runtime/registry/registry.h"

namespace opsc {

// One `model` of the state.
struct RecordedModel {
  StateEntry entry;
  Registry registry;
};
// All of them, by address.
Result<std::vector<RecordedModel>> RecordedModels(Journal& journal);
// An error with the nearest name where there is none of this name.
Result<RecordedModel> FindModel(Journal& journal, const std::string& name);

// "3", "champion" or "challenger" → a version of the model; an error that lists them.
Result<ModelVersion> FindVersion(const RecordedModel& model, const std::string& word);

// A version with what its artefact says.
struct OpenedVersion {
  ModelVersion version;
  ModelFiles files;
  ModelCard card;
};
Result<OpenedVersion> OpenVersion(ContentStore& store, const ModelVersion& version);

// What was trained last, whatever its gate has said of it.
struct LastCandidate {
  OpenedVersion opened;  // its version is 0 where it is none
  std::string verdict;   // why it is none; empty: nobody knows
  std::string run;       // that asked its gate
};
// Of a model by its name, also where its gate has refused every candidate. `env` outlives the
// result.
Result<LastCandidate> FindCandidate(Journal& journal, ContentStore& store, Env& env,
                                    const std::string& root, const std::string& name);

}  // namespace opsc
