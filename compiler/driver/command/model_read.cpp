// `opsc model list|show|compare|history`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/model_html.h"
#include "compiler/driver/show/model_text.h"
#include "runtime/ml/card_json.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

struct OpenedState {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<ContentStore> store;
  std::string root;  // of the project
};
Result<OpenedState> OpenState(const CliSession& session) {
  OPS_ASSIGN(const Project project, FindStateProject(*session.env));
  OpenedState opened;
  opened.root = project.root;
  OPS_ASSIGN(opened.journal, OpenExistingJournal(*session.env, project));
  OPS_ASSIGN(opened.store, OpenContentStore(project.state_dir));
  return opened;
}

Json VersionJson(const RecordedModel& model, const ModelVersion& version) {
  Json json = {{"version", version.version},
               {"digest", version.artefact.AsFile().digest.Hex()},
               {"created", version.created},
               {"run", version.run}};
  json["champion"] = version.version == model.registry.champion();
  json["challenger"] = version.version == model.registry.challenger;
  return json;
}

Json ModelJson(const RecordedModel& model) {
  Json json = {{"model", model.entry.address}, {"champion", model.registry.champion()}};
  json["versions"] = Json::array();
  for (const ModelVersion& version : model.registry.versions) {
    json["versions"].push_back(VersionJson(model, version));
  }
  json["promotions"] = Json::array();
  for (const Promotion& p : model.registry.promotions) {
    json["promotions"].push_back(
        {{"at", p.at}, {"version", p.version}, {"reason", p.reason}, {"run", p.run}});
  }
  return json;
}

Result<int> List(CliSession& session, const Args&) {
  OPS_ASSIGN(const OpenedState state, OpenState(session));
  OPS_ASSIGN(const auto models, RecordedModels(*state.journal));
  if (session.json) {
    Json json = Json::array();
    for (const RecordedModel& model : models) json.push_back(ModelJson(model));
    WriteOut(JsonText(json, 2) + "\n");
  } else {
    WriteOut(models.empty() ? "no models yet\n" : ModelsText(models));
  }
  return kExitOk;
}

// The last candidate: a version, or what its gate has refused.
Result<int> ShowCandidate(CliSession& session, const OpenedState& state, const std::string& name) {
  OPS_ASSIGN(const LastCandidate candidate,
             FindCandidate(*state.journal, *state.store, *session.env, state.root, name));
  const ModelVersion& version = candidate.opened.version;
  if (session.json) {
    Json json = {{"version", nullptr}, {"verdict", candidate.verdict}, {"run", candidate.run}};
    if (version.version > 0) {
      json["version"] = version.version;
      json["run"] = version.run;
    }
    json["card"] = ToJson(candidate.opened.card);
    WriteOut(JsonText(json, 2) + "\n");
  } else {
    WriteOut(ModelText(candidate.opened));
    if (!candidate.verdict.empty()) WriteOut("\n" + candidate.verdict + "\n");
  }
  return kExitOk;
}

Result<int> Show(CliSession& session, const Args& args) {
  OPS_ASSIGN(const OpenedState state, OpenState(session));
  if (args.positional.size() > 1 && args.positional[1] == "candidate") {
    return ShowCandidate(session, state, args.positional[0]);
  }
  OPS_ASSIGN(const RecordedModel model, FindModel(*state.journal, args.positional[0]));
  const std::string word = args.positional.size() > 1 ? args.positional[1] : "champion";
  OPS_ASSIGN(const ModelVersion version, FindVersion(model, word));
  OPS_ASSIGN(const OpenedVersion opened, OpenVersion(*state.store, version));
  if (session.json) {
    Json json = VersionJson(model, version);
    json["card"] = ToJson(opened.card);
    WriteOut(JsonText(json, 2) + "\n");
  } else {
    WriteOut(ModelText(opened));
  }
  return kExitOk;
}

// A version with the model that it is one of.
struct Compared {
  RecordedModel model;
  ModelVersion version;
};

// "3" of the model at hand, or "other@3" of another one.
Result<Compared> FindCompared(Journal& journal, const RecordedModel& model,
                              const std::string& word) {
  const size_t at = word.find('@');
  if (at == std::string::npos) {
    OPS_ASSIGN(ModelVersion version, FindVersion(model, word));
    return Compared{model, std::move(version)};
  }
  OPS_ASSIGN(RecordedModel other, FindModel(journal, word.substr(0, at)));
  OPS_ASSIGN(ModelVersion version, FindVersion(other, word.substr(at + 1)));
  return Compared{std::move(other), std::move(version)};
}

// When a version was in charge, and why.
std::vector<std::string> TimesInCharge(const Registry& registry, int64_t version) {
  std::vector<std::string> times;
  for (size_t at = 0; at < registry.promotions.size(); ++at) {
    const Promotion& p = registry.promotions[at];
    if (p.version != version) continue;
    const bool last = at + 1 == registry.promotions.size();
    times.push_back(fmt::format("{} to {}: {}", p.at.substr(0, 19),
                                last ? "now" : registry.promotions[at + 1].at.substr(0, 19),
                                p.reason));
  }
  return times;
}

// Measures of different objectives have nothing in common.
Status CheckComparable(const std::vector<PicturedModel>& models) {
  const ModelCard& first = models.front().model.card;
  for (const PicturedModel& other : models) {
    if (other.model.card.objective == first.objective) continue;
    return Fail(ErrorKind::kInput,
                fmt::format("{} and {} cannot be compared: one predicts a bool, one a number",
                            first.name, other.model.card.name));
  }
  return {};
}

// The two versions to compare: by default the one in charge and the one before it.
Result<std::vector<Compared>> ComparedVersions(Journal& journal, const RecordedModel& model,
                                               const Args& args) {
  std::vector<std::string> words(args.positional.begin() + 1, args.positional.end());
  if (words.empty()) {
    const auto previous = model.registry.Previous();
    if (previous) words.push_back(fmt::format("{}", *previous));
  }
  if (words.size() < 2) words.push_back("champion");
  std::vector<Compared> versions;
  for (const std::string& word : words) {
    OPS_ASSIGN(Compared one, FindCompared(journal, model, word));
    versions.push_back(std::move(one));
  }
  return versions;
}

Result<int> CompareVersions(CliSession& session, const Args& args) {
  OPS_ASSIGN(const OpenedState state, OpenState(session));
  OPS_ASSIGN(const RecordedModel model, FindModel(*state.journal, args.positional[0]));
  OPS_ASSIGN(const auto versions, ComparedVersions(*state.journal, model, args));
  std::vector<PicturedModel> pictured;
  for (const Compared& one : versions) {
    PicturedModel m;
    OPS_ASSIGN(m.model, OpenVersion(*state.store, one.version));
    OPS_ASSIGN(m.test, ReadTestRows(m.model.files, m.model.card));
    m.in_charge = TimesInCharge(one.model.registry, one.version.version);
    pictured.push_back(std::move(m));
  }
  OPS_TRY(CheckComparable(pictured));
  if (const auto html = args.Value("html")) {
    OPS_TRY(WriteResultFile(*session.env, *html, ModelHtml(pictured), 0644));
    PrintNote(session, "wrote " + *html);
  }
  if (session.json) {
    Json json = Json::array();
    for (size_t at = 0; at < pictured.size(); ++at) {
      const PicturedModel& m = pictured[at];
      Json one = VersionJson(versions[at].model, m.model.version);
      one["model"] = m.model.card.name;
      one["metrics"] = ToJson(m.model.card.metrics);
      json.push_back(std::move(one));
    }
    WriteOut(JsonText(json, 2) + "\n");
  } else if (pictured.size() == 1) {
    WriteOut(ModelText(pictured.front().model));
  } else {
    WriteOut(CompareText(pictured[0].model, pictured[1].model));
  }
  return kExitOk;
}

Result<int> History(CliSession& session, const Args& args) {
  OPS_ASSIGN(const OpenedState state, OpenState(session));
  OPS_ASSIGN(const RecordedModel model, FindModel(*state.journal, args.positional[0]));
  WriteOut(session.json ? JsonText(ModelJson(model), 2) + "\n" : PromotionsText(model));
  return kExitOk;
}

constexpr OptionSpec kCompareOptions[] = {
    {"--html", "FILE", "a page with ROC, precision and recall, calibration, importance, lineage"},
};

}  // namespace

extern const Command kModelListCommand = {.name = "model list",
                                          .summary = "models with the version in charge",
                                          .example = "opsc model list",
                                          .run = List,
                                          .groups = kJsonGroup};
extern const Command kModelShowCommand = {
    .name = "model show",
    .summary = "one version: measures, slices, importance, where it comes from",
    .example = "opsc model show churn 3",
    .run = Show,
    .positional = {"MODEL [VERSION]", 1, 2, Completes::kAddresses},
    .groups = kJsonGroup,
    .details =
        "VERSION is a number, `champion` (default), `challenger`, or `candidate`: what was\n"
        "trained last, with what its gate said where it refused it."};
extern const Command kModelCompareCommand = {
    .name = "model compare",
    .summary = "two versions side by side, also as a page",
    .example = "opsc model compare churn 2 3 --html churn.html",
    .run = CompareVersions,
    .positional = {"MODEL [VERSION [VERSION]]", 1, 3, Completes::kAddresses},
    .options = kCompareOptions,
    .groups = kJsonGroup,
    .details =
        "Without versions: the one in charge and the one before it. `OTHER@VERSION` is one of\n"
        "another model."};
extern const Command kModelHistoryCommand = {.name = "model history",
                                             .summary = "what was in charge when, and why",
                                             .example = "opsc model history churn",
                                             .run = History,
                                             .positional = {"MODEL", 1, 1, Completes::kAddresses},
                                             .groups = kJsonGroup};

}  // namespace opsc
