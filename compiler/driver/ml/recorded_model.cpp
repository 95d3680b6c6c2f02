#include "compiler/driver/ml/recorded_model.h"

#include <fmt/format.h>

#include <charconv>
#include <tuple>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/ml/lower.h"
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
                       "every candidate is not there yet: `opsc model show NAME candidate`"));
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

namespace {

constexpr size_t kRunsLookedAt = 200;

// What the gate said when it was asked last, where it refused.
Result<std::pair<std::string, std::string>> LastRefusal(Journal& journal, const std::string& name) {
  OPS_ASSIGN(const auto runs, journal.Runs(kRunsLookedAt));
  for (const RunRecord& run : runs) {
    OPS_ASSIGN(const auto steps, journal.Steps(run.id));
    for (const StepRecord& step : steps) {
      if (step.address != name || (step.result != "ok" && step.result != "failed")) continue;
      if (step.result == "failed") return std::pair(run.id, step.message);
      return std::pair(std::string(), std::string());
    }
  }
  return std::pair(std::string(), std::string());
}

}  // namespace

Result<LastCandidate> FindCandidate(Journal& journal, ContentStore& store, Env& env,
                                    const std::string& root, const std::string& name) {
  const std::string dir = JoinPath(root, OutPath(name + "/training", "model"));
  if (env.Stat(dir).type == FileType::kMissing) {
    return Fail(ErrorKind::kInput, fmt::format("nothing was trained here yet for `{}`", name),
                "`opsc apply` trains the models of the program; `opsc model list` has those that "
                "passed their gates");
  }
  LastCandidate candidate;
  candidate.opened.files = FilesIn(dir, env);
  OPS_ASSIGN(candidate.opened.card, ReadCard(candidate.opened.files));
  OPS_ASSIGN(const auto entry, journal.Entry(name));
  const Registry registry = entry ? RegistryFrom(entry->recorded) : Registry{};
  for (const ModelVersion& version : registry.versions) {
    OPS_ASSIGN(const bool same, store.Matches(version.artefact.AsFile().digest, dir));
    if (!same) continue;
    candidate.opened.version = version;
    return candidate;
  }
  OPS_ASSIGN(std::tie(candidate.run, candidate.verdict), LastRefusal(journal, name));
  return candidate;
}

Result<OpenedVersion> OpenVersion(ContentStore& store, const ModelVersion& version) {
  OpenedVersion opened{version, {}, {}};
  OPS_ASSIGN(opened.files, FilesInStore(store, version.artefact.AsFile().digest));
  OPS_ASSIGN(opened.card, ReadCard(opened.files));
  return opened;
}

}  // namespace opsc
