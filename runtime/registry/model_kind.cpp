#include "runtime/registry/model_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runtime/graph/content_store.h"
#include "runtime/ml/card_json.h"
#include "runtime/registry/gate.h"
#include "runtime/registry/registry.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

// What of the fields decides.
struct ModelFields {
  Value candidate;
  std::string gate;  // serialised kernel; empty: none
  std::string gate_text;
  bool promotes = true;
  std::optional<Tracking> tracking;
};

Result<ModelFields> Read(const Value& fields) {
  ModelFields model;
  const Value* candidate = fields.Find("candidate");
  if (candidate == nullptr || !candidate->is(ValueKind::kFile) ||
      candidate->AsFile().digest.empty()) {
    return Fail(ErrorKind::kCorrupt, "a model without a candidate");
  }
  model.candidate = *candidate;
  if (const Value* gate = fields.Find("gate")) {
    model.gate = TextField(*gate, "kernel");
    model.gate_text = TextField(*gate, "text");
  }
  model.promotes = TextField(fields, "promote") != "manual";
  OPS_ASSIGN(model.tracking, TrackingOf(fields));
  return model;
}

// Has this very candidate passed this very gate when the fields were `prior`?
bool HasPassed(const ModelFields& now, const Value& prior) {
  const auto before = Read(prior);
  return before && before->gate == now.gate && before->promotes == now.promotes &&
         before->candidate.AsFile().digest == now.candidate.AsFile().digest;
}

// A model that was trained, opened.
struct Opened {
  ModelFiles files;
  ModelCard card;
};
Result<Opened> Open(const KindContext& context, const Value& artefact) {
  Opened opened;
  OPS_ASSIGN(opened.files, FilesInStore(*context.store, artefact.AsFile().digest));
  OPS_ASSIGN(opened.card, ReadCard(opened.files));
  return opened;
}

// The champion's measures on the test rows of the candidate, where both read the same matrix.
Result<ChampionMeasures> MeasureChampion(const KindContext& context, const Registry& registry,
                                         const Opened& candidate) {
  ChampionMeasures measures;
  const ModelVersion* champion = registry.Find(registry.champion());
  if (champion == nullptr) return measures;
  measures.version = champion->version;
  auto opened_champion = Open(context, champion->artefact);
  if (!opened_champion) {
    return Fail(
        opened_champion.error().kind,
        fmt::format("version {} of {}, which is in charge, cannot be compared: {}",
                    champion->version, candidate.card.name, opened_champion.error().message),
        fmt::format("`opsc model promote {0} VERSION` puts one in charge whose files are "
                    "whole; `opsc state rm {0}` forgets all versions, and the next apply "
                    "begins anew",
                    candidate.card.name));
  }
  const Opened& opened = *opened_champion;
  measures.metrics = opened.card.metrics;
  const bool by_trees = !opened.card.script && !candidate.card.script;
  if (!by_trees || ToJson(opened.card.encoding) != ToJson(candidate.card.encoding) ||
      opened.card.objective != candidate.card.objective) {
    return measures;
  }
  OPS_ASSIGN(const TreeEnsemble trees, ReadTrees(opened.files, opened.card));
  OPS_ASSIGN(const TestRowsKept test, ReadTestRows(candidate.files, candidate.card));
  std::vector<double> score;
  for (size_t row = 0; row < test.features.rows; ++row) {
    score.push_back(Predict(trees, test.features.row(row)));
  }
  measures.metrics = Evaluate(opened.card.objective, MakeScored(test.truth, std::move(score)),
                              {.seed = candidate.card.split.seed});
  measures.same_rows = true;
  measures.may_know_rows = MayHaveLearnt(opened.card, candidate.card);
  return measures;
}

// The version with this very artefact, else a new one.
ModelVersion& VersionOf(Registry& registry, const KindContext& context, const Value& artefact) {
  const auto same = [&](const ModelVersion& version) {
    return version.artefact.is(ValueKind::kFile) &&
           version.artefact.AsFile().digest == artefact.AsFile().digest;
  };
  const auto found = std::ranges::find_if(registry.versions, same);
  if (found != registry.versions.end()) return *found;
  const int64_t next = registry.versions.empty() ? 1 : registry.versions.back().version + 1;
  registry.versions.push_back({next, artefact, FormatTime(context.env->Now()), context.run_id});
  return registry.versions.back();
}

std::string_view ReasonOf(const ModelFields& fields) {
  return fields.gate.empty() ? "trained" : "passed its gate";
}

// The candidate has passed: a version, and as `promote` says in charge or waiting for that.
void Take(Registry& registry, const KindContext& context, const ModelFields& fields) {
  const int64_t version = VersionOf(registry, context, fields.candidate).version;
  // What somebody has gone back from by hand comes back by hand.
  const bool waits = !fields.promotes || registry.WentBackFrom(version);
  if (waits && registry.champion() != 0) {
    registry.challenger = version == registry.champion() ? 0 : version;
  } else if (registry.champion() != version) {
    registry.promotions.push_back(
        {FormatTime(context.env->Now()), version, context.run_id, std::string(ReasonOf(fields))});
    registry.challenger = 0;
  }
}

class ModelKind : public Kind {
 public:
  ModelKind(KernelLoader* kernels, std::unique_ptr<ModelTracker> tracker)
      : kernels_(kernels), tracker_(std::move(tracker)) {}

  std::string_view name() const override { return "model"; }
  bool Replaces(std::string_view) const override { return false; }

  // Only who writes into the state by hand can change what is noted here: then others were told of
  // another version than the registry says.
  Result<Observed> Observe(const KindContext&, const StateEntry& prior) override {
    Observed observed;
    observed.exists = true;
    observed.fields = prior.fields;
    if (OutsOf(RegistryFrom(prior.recorded)) != prior.outs) {
      observed.fields = WithField(prior.fields, "promote", Value::String("(edited by hand)"));
      observed.digest = Sha256(ToJson(prior.recorded, SecretPolicy::kRedact));
    }
    return observed;
  }
  Result<Observed> Lookup(const KindContext&, const std::string&, const Value&) override {
    return Observed{};
  }
  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    return Register(context, request);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return Register(context, request);
  }
  Status Delete(const KindContext&, const StateEntry&, const std::string&) override { return {}; }
  // All that is done is noted with the result: without it nothing was.
  Result<std::optional<Applied>> Recover(const KindContext&, const OpenIntent& intent) override {
    if (intent.action == "delete") return Applied{};
    return std::nullopt;
  }

 private:
  // The gate's answer about a candidate, of which the tracker hears as well.
  Status Ask(const KindContext& context, const std::string& address, const ModelFields& fields,
             const Registry& registry) {
    OPS_ASSIGN(Opened candidate, Open(context, fields.candidate));
    Status answer;
    if (!fields.gate.empty()) {
      OPS_ASSIGN(const ChampionMeasures champion, MeasureChampion(context, registry, candidate));
      OPS_ASSIGN(const auto gate, kernels_->Load(fields.gate));
      answer = AskGate(*gate, fields.gate_text, candidate.card, champion,
                       ClausesOf(fields.gate, fields.gate_text, *kernels_));
      const std::string known = KnownRowsText(champion);
      if (answer && !known.empty()) context.Say(Event::Type::kProgress, address, known);
    }
    if (tracker_ == nullptr || !fields.tracking) return answer;
    if (!answer && answer.error().kind != ErrorKind::kDenied) return answer;
    OPS_TRY(tracker_->Judged(
        context,
        {address, *fields.tracking, fields.candidate.AsFile().digest, std::move(candidate.card),
         answer.has_value(), answer ? std::string(ReasonOf(fields)) : answer.error().message}));
    return answer;
  }

  Result<Applied> Register(const KindContext& context, const ApplyRequest& request) {
    OPS_ASSIGN(const ModelFields fields, Read(request.fields));
    Registry registry;
    if (request.prior) registry = RegistryFrom(request.prior->recorded);
    if (!request.prior || !HasPassed(fields, request.prior->fields)) {
      OPS_TRY(Ask(context, request.address, fields, registry));
      Take(registry, context, fields);
    }
    return Applied{OutsOf(registry), ToValue(registry)};
  }

  KernelLoader* kernels_;
  std::unique_ptr<ModelTracker> tracker_;
};

}  // namespace

Result<ModelFiles> FilesInStore(ContentStore& store, const Digest& tree) {
  OPS_ASSIGN(const std::vector<TreeEntry> entries, store.GetTree(tree));
  auto paths = std::make_shared<std::map<std::string, Digest, std::less<>>>();
  for (const TreeEntry& entry : entries) paths->emplace(entry.path, entry.blob);
  return [paths, &store](std::string_view name) -> Result<std::string> {
    const auto found = paths->find(name);
    if (found == paths->end()) {
      return Fail(ErrorKind::kCorrupt, fmt::format("a model without {}", name));
    }
    return store.Get(found->second);
  };
}

std::unique_ptr<Kind> MakeModelKind(KernelLoader* kernels, std::unique_ptr<ModelTracker> tracker) {
  return std::make_unique<ModelKind>(kernels, std::move(tracker));
}

}  // namespace opsc
