#include "compiler/driver/ml/recorded_model.h"

#include <fmt/format.h>

#include <charconv>

#include "compiler/driver/cli/name_hint.h"
#include "runtime/registry/model_kind.h"

namespace opsc {

Result<std::vector<RecordedModel>> RecordedModels(Journal& journal) {
  OPS_ASSIGN(auto entries, journal.Entries());
  std::vector<RecordedModel> models;
  for (StateEntry& entry : entries) {
    if (entry.type != "model") continue;
    Registry registry = RegistryFrom(entry.recorded);
    models.push_back({std::move(entry), std::move(registry)});
  }
  return models;
}

Result<RecordedModel> FindModel(Journal& journal, const std::string& name) {
  OPS_ASSIGN(auto models, RecordedModels(journal));
  std::vector<std::string> known;
  for (RecordedModel& model : models) {
    if (model.entry.address == name) return std::move(model);
    known.push_back(model.entry.address);
  }
  return Fail(ErrorKind::kInput, fmt::format("there is no model `{}` in the state", name),
              NameHint(name, known,
                       "`opsc apply` trains the models of the program; one whose gate has refused "
                       "every candidate is not there yet"));
}

Result<ModelVersion> FindVersion(const RecordedModel& model, const std::string& word) {
  int64_t wanted = 0;
  if (word == "champion") {
    wanted = model.registry.champion();
  } else if (word == "challenger") {
    wanted = model.registry.challenger;
    if (wanted == 0) {
      return Fail(ErrorKind::kInput,
                  fmt::format("no version of `{}` waits to be promoted", model.entry.address),
                  "name one by its number: `opsc model list` has them");
    }
  } else {
    std::from_chars(word.data(), word.data() + word.size(), wanted);
  }
  if (const ModelVersion* found = model.registry.Find(wanted)) return *found;
  std::string known;
  for (const ModelVersion& version : model.registry.versions) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", version.version);
  }
  return Fail(ErrorKind::kInput, fmt::format("`{}` has no version `{}`", model.entry.address, word),
              known.empty() ? "it has none yet" : "it has " + known);
}

Result<OpenedVersion> OpenVersion(ContentStore& store, const ModelVersion& version) {
  OpenedVersion opened{version, {}, {}};
  OPS_ASSIGN(opened.files, FilesInStore(store, version.artefact.AsFile().digest));
  OPS_ASSIGN(opened.card, ReadCard(opened.files));
  return opened;
}

}  // namespace opsc
