#include "runtime/plan/prior.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace opsc {
namespace {

using Renames = std::unordered_map<std::string, std::string>;

bool IsBelow(std::string_view name, std::string_view address) {
  return address.starts_with(name) && (address.size() == name.size() ||
                                       address[name.size()] == '/' || address[name.size()] == '[');
}

// Can something be moved to `to`? It is a node, or a move takes it further.
bool IsPlace(const Graph& graph, const std::unordered_map<std::string, size_t>& nodes,
             const std::string& to) {
  return nodes.contains(to) ||
         std::ranges::any_of(graph.moves, [&](const Move& move) { return IsBelow(move.from, to); });
}

// Is what stands at `address` moved away itself?
bool LeavesByMove(const Graph& graph, const std::string& address) {
  return std::ranges::any_of(graph.moves,
                             [&](const Move& move) { return IsBelow(move.from, address); });
}

// Moves are read in their order, as the renames of years; none goes over what is recorded.
std::unexpected<Error> FailExchange(const Move& move, const std::string& from,
                                    const std::string& to) {
  return Fail(ErrorKind::kInput,
              fmt::format("`moved {} to {}`: `{}` is recorded and moves, too; names cannot be "
                          "exchanged or passed on in one apply",
                          move.from, move.to, to),
              fmt::format("rename in the record: opsc state mv '{}' free; opsc state mv '{}' '{}'; "
                          "opsc state mv free, where it belongs; then delete the `moved`",
                          to, from, to));
}

// What is still in the source would be made anew, and the next plan would move that one, too.
Status CheckIsGone(const std::unordered_map<std::string, size_t>& nodes, const Move& move,
                   const std::string& from) {
  if (!nodes.contains(from)) return {};
  return Fail(
      ErrorKind::kInput,
      fmt::format("`moved {} to {}`: `{}` is still in the source", move.from, move.to, from),
      "delete the instance, or the `moved`");
}

Status ApplyMove(PriorMap& prior, const Graph& graph,
                 const std::unordered_map<std::string, size_t>& nodes, const Move& move,
                 Renames& renames) {
  for (PriorMap::iterator found : Below(prior, move.from)) {
    std::string from = found->first;
    std::string to = move.to + from.substr(move.from.size());
    if (prior.contains(to)) {
      if (LeavesByMove(graph, to)) return FailExchange(move, from, to);
      return Fail(
          ErrorKind::kInput,
          fmt::format("`moved {} to {}`: both `{}` and `{}` are recorded", move.from, move.to, from,
                      to),
          fmt::format("delete the `moved`, or forget one of them: opsc state rm '{}'", from));
    }
    OPS_TRY(CheckIsGone(nodes, move, from));
    if (!IsPlace(graph, nodes, to)) {
      return Fail(
          ErrorKind::kInput,
          fmt::format("`moved {} to {}`: `{}` is not in the source", move.from, move.to, to),
          "name an instance that exists; to delete the old one, leave out the `moved`");
    }
    auto handle = prior.extract(found);
    handle.key() = to;
    if (handle.mapped().moved_from.empty()) handle.mapped().moved_from = from;
    handle.mapped().entry.address = to;
    renames[handle.mapped().moved_from] = to;
    prior.insert(std::move(handle));
  }
  return CheckIsGone(nodes, move, move.from);
}

// Appends the entries from `begin` on whose address starts with `prefix`.
void AppendRange(PriorMap& prior, const std::string& prefix, std::vector<PriorMap::iterator>& out) {
  for (auto it = prior.lower_bound(prefix); it != prior.end(); ++it) {
    if (!it->first.starts_with(prefix)) return;
    out.push_back(it);
  }
}

// The world knows what is about to move under its old address still.
Result<Observed> ObserveOne(const Prior& prior, const PlanInputs& inputs) {
  StateEntry entry = prior.entry;
  if (!prior.moved_from.empty()) entry.address = prior.moved_from;
  Kind* kind = inputs.kinds->Find(entry.type);
  if (kind == nullptr) {
    return Fail(ErrorKind::kInput,
                fmt::format("it is recorded as a `{}`, which this opsc does not know", entry.type),
                fmt::format("to forget it: opsc state rm '{}'", entry.address));
  }
  OPS_ASSIGN(Observed observed, kind->Observe(inputs.kind_context, entry));
  OPS_ASSIGN(observed.fields, Seal(observed.fields, inputs.journal->secret_salt()));
  return observed;
}

}  // namespace

std::vector<PriorMap::iterator> Below(PriorMap& prior, const std::string& address) {
  std::vector<PriorMap::iterator> found;
  if (auto exact = prior.find(address); exact != prior.end()) found.push_back(exact);
  AppendRange(prior, address + "/", found);
  AppendRange(prior, address + "[", found);
  return found;
}

Result<PriorMap> LoadPrior(const PlanInputs& inputs) {
  OPS_ASSIGN(std::vector<StateEntry> entries, inputs.journal->Entries());
  PriorMap prior;
  for (StateEntry& entry : entries) {
    std::string address = entry.address;
    prior.emplace_hint(prior.end(), std::move(address), Prior{std::move(entry), "", std::nullopt});
  }
  if (inputs.graph->moves.empty()) return prior;
  Renames renames;
  auto nodes = inputs.graph->BuildIndex();
  for (const Move& move : inputs.graph->moves) {
    OPS_TRY(ApplyMove(prior, *inputs.graph, nodes, move, renames));
  }
  for (auto& [address, recorded] : prior) {
    for (std::string& needed : recorded.entry.depends_on) {
      if (auto renamed = renames.find(needed); renamed != renames.end()) needed = renamed->second;
    }
  }
  return prior;
}

void ObservePrior(PriorMap& prior, const std::function<bool(const Prior&)>& wanted,
                  const PlanInputs& inputs, Workers& workers, Problems& problems) {
  std::vector<Prior*> asked;
  for (auto& [address, recorded] : prior) {
    if (RoleOf(recorded.entry.type) == Role::kResource && wanted(recorded)) {
      asked.push_back(&recorded);
    }
  }
  std::vector<Result<Observed>> answers(asked.size());
  workers.ForEach(asked.size(), [&](size_t i) { answers[i] = ObserveOne(*asked[i], inputs); });
  for (size_t i = 0; i < asked.size(); ++i) {
    if (answers[i]) {
      asked[i]->observed = std::move(*answers[i]);
    } else {
      problems.Add(asked[i]->entry.address, std::move(answers[i].error()));
    }
  }
}

Drift DriftOf(const Prior& prior, const std::vector<std::string>& ignore) {
  Drift drift{.address = prior.entry.address, .diff = {}, .gone = !prior.observed->exists};
  if (drift.gone) return drift;
  const Value& seen = prior.observed->fields;
  drift.diff = DiffFields(Restrict(prior.entry.fields, seen), seen, ignore);
  return drift;
}

}  // namespace opsc
