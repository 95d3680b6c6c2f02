// The items of a run and what each of them waits for.
#include "runtime/exec/apply_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "runtime/graph/diff.h"
#include "runtime/graph/map_files.h"
#include "runtime/graph/pin.h"

namespace opsc {
namespace {

// Where nothing is known of how long it takes: a guess that puts long things before short ones.
int64_t GuessDuration(const Change& change) {
  switch (change.action) {
    case Action::kRun:
      return 1'000'000'000;
    case Action::kCreate:
    case Action::kReplace:
      return 100'000'000;
    case Action::kUpdate:
    case Action::kDelete:
      return 50'000'000;
    default:
      return 0;
  }
}

bool NeedsNode(Action action) {
  return action != Action::kDelete && action != Action::kForget;
}

Status AddChange(ApplyRun& run, const std::unordered_map<std::string, size_t>& nodes, size_t at) {
  const Change& change = run.plan.changes[at];
  ApplyItem& item = run.items[at];
  item.change = &change;
  auto node = nodes.find(change.address);
  if (node != nodes.end()) item.node = &run.inputs.graph->nodes[node->second];
  if (NeedsNode(change.action) && item.node == nullptr) {
    return Fail(ErrorKind::kConflict,
                fmt::format("the plan is stale: `{}` is not in the source", change.address),
                "plan again");
  }
  if (!NeedsNode(change.action)) item.node = nullptr;
  if (!run.index.emplace(change.address, at).second) {
    return Fail(ErrorKind::kInput,
                fmt::format("the plan is damaged: `{}` is in it twice", change.address),
                "make it again with `opsc plan -o FILE`");
  }
  return {};
}

// Do the values differ only in files that were not there when planning, and are now?
bool OnlyMadeSince(const FieldDiff& field) {
  auto unpinned = MapFiles(field.after, [](const Value& file) -> Result<Value> {
    FileRep bare = file.AsFile();
    if (bare.producer.empty()) bare.digest = {};
    return Value::File(bare);
  });
  return unpinned && *unpinned == field.before;
}

std::unordered_set<std::string_view> NeedsOf(const ApplyItem& item) {
  std::unordered_set<std::string_view> needs;
  if (item.node != nullptr) {
    for (const Edge& edge : item.node->edges) needs.insert(edge.to);
  } else if (item.change != nullptr) {  // one of the two is there
    needs.insert(item.change->depends_on.begin(), item.change->depends_on.end());
  }
  return needs;
}

}  // namespace

Status MakeItems(ApplyRun& run) {
  const Graph& graph = *run.inputs.graph;
  auto nodes = graph.BuildIndex();
  std::unordered_set<std::string_view> planned;
  for (const Change& change : run.plan.changes) planned.insert(change.address);
  std::vector<const Node*> notes;
  for (const Node& node : graph.nodes) {
    if (RoleOf(node.type) == Role::kNote && !planned.contains(node.address)) notes.push_back(&node);
  }
  run.items = std::vector<ApplyItem>(run.plan.changes.size() + notes.size());
  for (size_t i = 0; i < run.plan.changes.size(); ++i) OPS_TRY(AddChange(run, nodes, i));
  for (size_t i = 0; i < notes.size(); ++i) {
    size_t at = run.plan.changes.size() + i;
    run.items[at].node = notes[i];
    run.index.emplace(notes[i]->address, at);
  }
  return {};
}

Result<Schedule> MakeSchedule(const ApplyRun& run) {
  Schedule schedule(run.items.size());
  for (size_t i = 0; i < run.items.size(); ++i) {
    const ApplyItem& item = run.items[i];
    if (item.change != nullptr) {
      schedule.SetDuration(i, item.change->expected_ns.value_or(GuessDuration(*item.change)));
    }
    for (std::string_view needed : NeedsOf(item)) {
      auto found = run.index.find(needed);
      if (found != run.index.end()) {
        schedule.Needs(i, found->second);
      } else if (item.change != nullptr) {
        return Fail(ErrorKind::kConflict,
                    fmt::format("the plan is stale: it lacks `{}`, which `{}` needs", needed,
                                item.address()),
                    "plan again");
      }
    }
  }
  if (!schedule.Begin()) {
    return Fail(ErrorKind::kInput, "the plan is damaged: its changes wait for each other",
                "plan again");
  }
  return schedule;
}

std::vector<size_t> FailedNeeds(const ApplyRun& run, const ApplyItem& item) {
  std::vector<size_t> failed;
  for (std::string_view needed : NeedsOf(item)) {
    auto found = run.index.find(needed);
    if (found == run.index.end()) continue;
    if (run.items[found->second].result != NodeResult::kOk) failed.push_back(found->second);
  }
  std::ranges::sort(failed);
  return failed;
}

bool HandlesResultsOf(const ApplyRun& run, const ApplyItem& item,
                      const std::vector<size_t>& needs) {
  if (item.node == nullptr) return false;
  std::vector<std::string> waits;
  CollectWaits(item.node->fields, waits);
  for (const OutDecl& out : item.node->outs) CollectWaits(out.value, waits);
  return std::ranges::all_of(needs, [&](size_t need) {
    return std::ranges::find(waits, run.items[need].address()) != waits.end();
  });
}

Status ResolveItem(ApplyRun& run, ApplyItem& item, const Outputs& known) {
  const Node& node = *item.node;
  ApplyWork& work = item.work();
  work.resolved = {node.fields, node.outs};
  bool pending =
      node.fields.has_pending() ||
      std::ranges::any_of(node.outs, [](const OutDecl& out) { return out.value.has_pending(); });
  if (pending) {
    OPS_ASSIGN(work.resolved, run.inputs.program->Resolve(node.address, known));
  }
  if (work.resolved.fields.has_pending()) return {};
  if (RoleOf(node.type) == Role::kResource) {
    OPS_ASSIGN(work.resolved.fields, PinSources(run.Context({}), work.resolved.fields));
  }
  OPS_ASSIGN(work.sealed, Seal(work.resolved.fields, run.salt()));
  if (item.change->after == work.sealed) return {};
  for (const FieldDiff& field : DiffFields(item.change->after, work.sealed, {})) {
    if (field.pending || OnlyMadeSince(field)) continue;
    if (auto files = ChangedFiles(field.before, field.after); !files.empty()) {
      return Fail(ErrorKind::kConflict,
                  fmt::format("`{}` has changed since this was planned", files.front()),
                  "plan again");
    }
    return Fail(ErrorKind::kConflict, fmt::format("`{}` is not what was planned", field.path),
                "plan again");
  }
  return {};
}

}  // namespace opsc
