#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/pin.h"
#include "runtime/plan/decide.h"
#include "runtime/plan/planning.h"

namespace opsc {
namespace {

// A node on its way through one wave.
struct Slot {
  size_t index = 0;  // of the node
  const Node* node = nullptr;
  Role role = Role::kNote;
  Prior* prior = nullptr;
  Program::Resolved resolved;
  Value sealed;
  bool broken = false;  // reported; nothing more to say about it
  Status asked;         // the world's answer, where one was needed
  TaskKey key;
  std::optional<Value> cached;
  std::vector<Reason> missed;
  std::optional<Observed> found;

  bool pending() const { return resolved.fields.has_pending(); }
};

bool AnyNeedKnown(const Planning& planning, const Node& node) {
  return std::ranges::any_of(node.edges,
                             [&](const Edge& edge) { return planning.known.contains(edge.to); });
}

bool HasPending(const Node& node) {
  return node.fields.has_pending() ||
         std::ranges::any_of(node.outs, [](const OutDecl& out) { return out.value.has_pending(); });
}

void Report(Planning& planning, Slot& slot, Error error) {
  slot.broken = true;
  planning.problems.Add(slot.node->address, std::move(error));
}

// The node's fields as far as they can be known now.
void Resolve(Planning& planning, Slot& slot) {
  const Node& node = *slot.node;
  slot.resolved = {node.fields, node.outs};
  if (HasPending(node) && AnyNeedKnown(planning, node)) {
    auto resolved = planning.inputs.program->Resolve(node.address, planning.known);
    if (!resolved) return Report(planning, slot, std::move(resolved.error()));
    slot.resolved = std::move(*resolved);
  }
  if (slot.role == Role::kResource) {
    auto pinned = PinSources(planning.inputs.kind_context, slot.resolved.fields);
    if (!pinned) return Report(planning, slot, std::move(pinned.error()));
    slot.resolved.fields = std::move(*pinned);
  }
  auto sealed = Seal(slot.resolved.fields, planning.inputs.journal->secret_salt());
  if (!sealed) return Report(planning, slot, std::move(sealed.error()));
  slot.sealed = std::move(*sealed);
}

Slot Prepare(Planning& planning, size_t index) {
  Slot slot;
  slot.index = index;
  slot.node = &planning.inputs.graph->nodes[index];
  slot.role = RoleOf(slot.node->type);
  if (slot.role == Role::kNote) return slot;
  if (auto prior = planning.prior.find(slot.node->address); prior != planning.prior.end()) {
    slot.prior = &prior->second;
  }
  if (slot.role == Role::kResource && planning.inputs.kinds->Find(slot.node->type) == nullptr) {
    Report(
        planning, slot,
        {ErrorKind::kInput, fmt::format("this opsc cannot make a `{}` real yet", slot.node->type),
         fmt::format("leave it out with --exclude '{}'", slot.node->address)});
    return slot;
  }
  Resolve(planning, slot);
  return slot;
}

bool Forced(const Planning& planning, const Slot& slot) {
  return planning.replace.Covers(slot.node->address) ||
         (planning.options.force && planning.selection.requested[slot.index]);
}

// A resource may put files in their place that a task reads as sources.
bool NeedsResource(const Planning& planning, const Node& node) {
  return std::ranges::any_of(node.edges, [&](const Edge& edge) {
    const Node* needed = planning.Find(edge.to);
    return needed != nullptr && RoleOf(needed->type) == Role::kResource;
  });
}

// On a worker: what the store knows of a task, what stands in the place of a new resource.
Status Ask(const Planning& planning, Slot& slot) {
  if (slot.broken) return {};
  const Node& node = *slot.node;
  if (slot.role == Role::kTask) {
    TaskSpec spec{node.address, node.type, slot.resolved.fields, slot.resolved.outs, node.meta, ""};
    TaskRunner& tasks = *planning.inputs.tasks;
    if (slot.pending()) return NeedsResource(planning, node) ? Status() : tasks.CheckInputs(spec);
    OPS_ASSIGN(slot.key, tasks.Key(spec));
    if (Forced(planning, slot)) return {};
    OPS_ASSIGN(slot.cached, tasks.Lookup(slot.key));
    if (!slot.cached) slot.missed = tasks.Explain(node.address, slot.key);
  } else if (slot.role == Role::kResource && slot.prior == nullptr) {
    const KindContext& context = planning.inputs.kind_context;
    Kind* kind = planning.inputs.kinds->Find(node.type);
    OPS_ASSIGN(slot.found, kind->Lookup(context, node.address, slot.resolved.fields));
    OPS_ASSIGN(slot.found->fields,
               Seal(slot.found->fields, planning.inputs.journal->secret_salt()));
  }
  return {};
}

void DecideTask(Planning& planning, const Slot& slot, Change& change) {
  change.after = slot.sealed;
  change.key = slot.key.digest;
  change.action = Action::kRun;
  if (slot.role == Role::kAction) {
    if (slot.prior != nullptr) change.reasons.push_back({ReasonKind::kTainted, ""});
    change.reasons.push_back({ReasonKind::kEffect, ""});
  } else if (slot.cached) {
    change.action = Action::kCached;
    change.outs = *slot.cached;
    planning.known[slot.node->address] = WithResult(*slot.cached, "ok");
  } else if (Forced(planning, slot)) {
    change.reasons = {{ReasonKind::kRequested, ""}};
  } else if (!slot.pending()) {
    change.reasons = slot.missed;
    if (change.reasons.empty()) change.reasons = {{ReasonKind::kNeverRan, ""}};
  }
  std::ranges::copy(UpstreamReasons(slot.sealed), std::back_inserter(change.reasons));
}

void DecideAsResource(Planning& planning, const Slot& slot, Change& change) {
  const std::string& address = slot.node->address;
  ResourceView view{.node = slot.node,
                    .desired = slot.sealed,
                    .prior = slot.prior,
                    .found = slot.found ? &*slot.found : nullptr,
                    .kind = planning.inputs.kinds->Find(slot.node->type),
                    .replace_requested = planning.replace.Covers(address)};
  DecideResource(view, change, planning.plan.drift, planning.problems);
  bool stays = change.action == Action::kNoop ||
               (change.action == Action::kAdopt && change.before == change.after);
  if (stays) planning.known[address] = WithResult(slot.prior->entry.outs, "ok");
}

// What a node needs: its edges, and the resources that the tasks among these need. Tasks are in no
// state, so a resource names what lies behind them; it is deleted before that.
// REQUIRES: what it needs is decided.
std::vector<std::string> NeedsOf(const Planning& planning, const Node& node,
                                 const std::vector<Change>& changes) {
  auto is_resource = [&](const std::string& address) {
    const Node* needed = planning.Find(address);
    return needed != nullptr && RoleOf(needed->type) == Role::kResource;
  };
  std::vector<std::string> needs;
  for (const Edge& edge : node.edges) {
    needs.push_back(edge.to);
    if (is_resource(edge.to)) continue;
    const Change& between = changes[planning.index.at(edge.to)];
    std::ranges::copy_if(between.depends_on, std::back_inserter(needs), is_resource);
  }
  std::ranges::sort(needs);
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  return needs;
}

void Decide(Planning& planning, Slot& slot, std::vector<Change>& changes) {
  const Node& node = *slot.node;
  if (!slot.asked && !slot.broken) Report(planning, slot, std::move(slot.asked.error()));
  if (slot.broken) return;
  if (slot.role == Role::kNote) {
    planning.known[node.address] = WithResult(Value::Null(), "ok");
    return;
  }
  Change& change = changes[slot.index];
  change.address = node.address;
  change.type = node.type;
  change.origin = node.origin;
  change.doc = node.doc;
  change.depends_on = NeedsOf(planning, node, changes);
  if (auto expected = planning.expected.find(node.address); expected != planning.expected.end()) {
    change.expected_ns = expected->second;
  }
  if (slot.role == Role::kResource) {
    DecideAsResource(planning, slot, change);
  } else {
    DecideTask(planning, slot, change);
  }
}

void Foresee(Planning& planning, const std::vector<Slot>& slots, std::vector<Change>& changes) {
  std::vector<Foreseen> foreseen;
  for (const Slot& slot : slots) {
    Change& change = changes[slot.index];
    bool makes = change.action == Action::kCreate || change.action == Action::kUpdate ||
                 change.action == Action::kAdopt;
    if (slot.broken || slot.role != Role::kResource || !makes) continue;
    if (change.action == Action::kCreate) planning.fresh.insert(change.address);
    if (slot.pending()) continue;
    foreseen.push_back({slot.node, &change, slot.resolved.fields, slot.prior});
  }
  ForeseeChanges(planning, foreseen);
}

void NoteUnchecked(Planning& planning) {
  for (const auto& [reason, count] : planning.unchecked) {
    planning.plan.notes.push_back(
        fmt::format("{} {} checked by type only: {}, which this plan makes", count,
                    count == 1 ? "change is" : "changes are", reason));
  }
}

// The selected nodes by the length of the longest way to them; inside a wave in `order`.
std::vector<std::vector<size_t>> Waves(const Planning& planning) {
  std::vector<std::vector<size_t>> waves;
  std::vector<size_t> depth(planning.inputs.graph->nodes.size());
  for (size_t i : planning.order) {
    if (!planning.selection.nodes[i]) continue;
    for (const Edge& edge : planning.inputs.graph->nodes[i].edges) {
      depth[i] = std::max(depth[i], depth[planning.index.at(edge.to)] + 1);
    }
    if (depth[i] >= waves.size()) waves.resize(depth[i] + 1);
    waves[depth[i]].push_back(i);
  }
  return waves;
}

}  // namespace

void PlanNodes(Planning& planning) {
  std::vector<Change> changes(planning.inputs.graph->nodes.size());
  for (const std::vector<size_t>& wave : Waves(planning)) {
    std::vector<Slot> slots;
    slots.reserve(wave.size());
    for (size_t index : wave) slots.push_back(Prepare(planning, index));
    planning.workers.ForEach(slots.size(),
                             [&](size_t i) { slots[i].asked = Ask(planning, slots[i]); });
    for (Slot& slot : slots) Decide(planning, slot, changes);
    Foresee(planning, slots, changes);
  }
  NoteUnchecked(planning);
  planning.plan.changes.reserve(changes.size());
  for (size_t i : planning.order) {
    if (!changes[i].address.empty()) planning.plan.changes.push_back(std::move(changes[i]));
  }
}

}  // namespace opsc
