// What changes would come to, as those say who would make them.
#include <algorithm>
#include <unordered_map>

#include "runtime/plan/planning.h"

namespace opsc {
namespace {

Result<Forecast> Ask(const Planning& planning, const Foreseen& foreseen) {
  const Node& node = *foreseen.node;
  ApplyRequest request;
  request.address = node.address;
  request.fields = foreseen.fields;
  if (foreseen.prior != nullptr) {
    const Prior& prior = *foreseen.prior;
    bool seen = prior.observed && prior.observed->exists;
    Value actual = seen ? Overlay(prior.entry.fields, prior.observed->fields) : prior.entry.fields;
    request.fields = KeepIgnored(request.fields, actual, node.meta.ignore);
    request.prior = prior.entry;
  }
  const PlanInputs& inputs = planning.inputs;
  OPS_ASSIGN(Forecast forecast,
             inputs.kinds->Find(node.type)->Preview(inputs.kind_context, request));
  OPS_ASSIGN(forecast.before, Seal(forecast.before, inputs.journal->secret_salt()));
  OPS_ASSIGN(forecast.after, Seal(forecast.after, inputs.journal->secret_salt()));
  return forecast;
}

// Is something that the node comes after made by this plan?
bool NeedsSomethingNew(const Planning& planning, const Node& node) {
  return std::ranges::any_of(node.edges,
                             [&](const Edge& edge) { return planning.fresh.contains(edge.to); });
}

// Which change speaks for each of `changes`: itself, or an earlier one that is alike.
std::vector<size_t> SpeakersOf(const Planning& planning, const std::vector<Foreseen>& changes) {
  std::vector<size_t> speakers(changes.size());
  std::unordered_map<std::string, size_t> alike;
  const bool all = planning.options.forecasts == PlanOptions::Forecasts::kAll;
  for (size_t i = 0; i < changes.size(); ++i) {
    const Foreseen& change = changes[i];
    speakers[i] = i;
    if (all || change.change->action != Action::kCreate || change.prior != nullptr) continue;
    const Kind& kind = *planning.inputs.kinds->Find(change.node->type);
    std::string likeness = kind.LikenessOf(change.fields);
    if (likeness.empty()) continue;
    speakers[i] = alike.emplace(change.node->type + " " + likeness, i).first->second;
  }
  return speakers;
}

void Take(Planning& planning, const Foreseen& foreseen, const Forecast& forecast) {
  const Node& node = *foreseen.node;
  if (!forecast.missing.empty()) {
    if (NeedsSomethingNew(planning, node)) {
      ++planning.unchecked[forecast.missing];
    } else {
      planning.problems.Add(node.address, {ErrorKind::kInput, forecast.missing, ""});
    }
  }
  for (const std::string& remark : forecast.remarks) {
    planning.plan.notes.push_back("`" + node.address + "` " + remark);
  }
  if (!forecast.known) return;
  auto diff = DiffFields(forecast.before, forecast.after, node.meta.ignore);
  if (!diff.empty()) foreseen.change->diff = std::move(diff);
}

}  // namespace

void ForeseeChanges(Planning& planning, const std::vector<Foreseen>& changes) {
  const std::vector<size_t> speakers = SpeakersOf(planning, changes);
  std::vector<size_t> asked;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (speakers[i] == i) asked.push_back(i);
  }
  std::vector<Result<Forecast>> answers(changes.size());
  planning.workers.ForEach(asked.size(),
                           [&](size_t i) { answers[asked[i]] = Ask(planning, changes[asked[i]]); });
  for (size_t i = 0; i < changes.size(); ++i) {
    const Result<Forecast>& answer = answers[speakers[i]];
    if (!answer) {  // said once, of the one that was asked about
      if (speakers[i] == i) planning.problems.Add(changes[i].node->address, answer.error());
    } else if (speakers[i] == i) {
      Take(planning, changes[i], *answer);
    } else {
      Forecast alike;
      alike.missing = answer->missing;
      Take(planning, changes[i], alike);
    }
  }
}

}  // namespace opsc
