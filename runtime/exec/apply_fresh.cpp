// Does a plan still fit the sources, the state and the world?
#include <fmt/format.h>

#include <algorithm>

#include "runtime/exec/apply_run.h"
#include "runtime/graph/diff.h"
#include "runtime/graph/pin.h"

namespace opsc {
namespace {

std::unexpected<Error> Stale(std::string what) {
  return Fail(ErrorKind::kConflict, "the plan is stale: " + std::move(what), "plan again");
}

Status CheckSources(const Plan& plan, const Graph& graph) {
  for (const auto& [path, digest] : plan.sources) {
    auto now = graph.sources.find(path);
    if (now == graph.sources.end()) return Stale(fmt::format("source `{}` is gone", path));
    if (now->second != digest) return Stale(fmt::format("source `{}` has changed", path));
  }
  for (const auto& [path, digest] : graph.sources) {
    if (!plan.sources.contains(path)) return Stale(fmt::format("source `{}` is new", path));
  }
  return {};
}

Status CheckParams(const ApplyRun& run) {
  for (const auto& [name, value] : run.inputs.graph->params) {
    OPS_ASSIGN(Value sealed, Seal(value, run.salt()));
    auto planned = run.plan.params.find(name);
    if (planned == run.plan.params.end() || !(planned->second == sealed)) {
      return Stale(fmt::format("parameter `{}` has another value", name));
    }
  }
  return {};
}

Status CheckPolicies(const Plan& plan) {
  for (const GraphCheck& check : plan.checks) {
    if (!check.failed || check.warning) continue;
    return Fail(ErrorKind::kDenied, fmt::format("`{}` says no: {}", check.address, check.message),
                "change what it objects to, and plan again");
  }
  return {};
}

// Are the node's fields, as far as both know them, what was planned?
Status CheckFields(ApplyRun& run, ApplyItem& item) {
  if (item.node == nullptr) return {};
  if (item.node->type != item.change->type) {
    return Stale(fmt::format("`{}` is a `{}` now", item.address(), item.node->type));
  }
  if (item.node->fields.has_pending()) return {};
  Value fields = item.node->fields;
  if (RoleOf(item.node->type) == Role::kResource) {
    OPS_ASSIGN(fields, PinSources(run.Context({}), fields));
  }
  OPS_ASSIGN(const Value sealed, Seal(fields, run.salt()));
  if (sealed == item.change->after) return {};
  auto differs = DiffFields(item.change->after, sealed, {}, 1);
  if (differs.empty()) return {};
  if (auto files = ChangedFiles(differs[0].before, differs[0].after); !files.empty()) {
    return Stale(fmt::format("`{}`, which `{}` uses, has changed", files[0], item.address()));
  }
  return Stale(fmt::format("`{}` of `{}` has another value", differs[0].path, item.address()));
}

// What stands there now, against what was seen when planning.
Status CheckObserved(ApplyRun& run, ApplyItem& item, uint64_t pass) {
  if (item.change->observed.empty()) return {};
  KindContext context = run.Context(run.inputs.kind_context.stop);
  context.pass = pass;
  const StateEntry* prior =
      run.Prior(item.change->moved_from.empty() ? item.address() : item.change->moved_from);
  Kind* kind = run.inputs.kinds->Find(prior != nullptr ? prior->type : item.change->type);
  if (kind == nullptr) {
    return Fail(ErrorKind::kInput, fmt::format("this opsc does not know `{}`", item.change->type));
  }
  Observed observed;
  if (prior != nullptr) {
    OPS_ASSIGN(observed, kind->Observe(context, *prior));
  } else if (item.node != nullptr && !item.node->fields.has_pending()) {
    OPS_ASSIGN(observed, kind->Lookup(context, item.address(), item.node->fields));
  } else if (!item.change->after.has_secret()) {
    OPS_ASSIGN(observed, kind->Lookup(context, item.address(), item.change->after));
  } else {
    return {};  // looked up again when its fields are known
  }
  if (observed.digest != item.change->observed) {
    return Stale(fmt::format("`{}` is no longer as it was when planning", item.address()));
  }
  OPS_ASSIGN(observed.fields, Seal(observed.fields, run.salt()));
  item.work().observed = std::move(observed);
  return {};
}

// A saved plan may be older than the inputs of its tasks, and than what it found to be up to date.
Status CheckKey(ApplyRun& run, ApplyItem& item) {
  if (RoleOf(item.change->type) != Role::kTask || item.change->key.empty() || item.node == nullptr)
    return {};
  if (item.node->fields.has_pending()) return {};  // checked when its fields are known
  const Node& node = *item.node;
  TaskSpec spec{node.address, node.type, node.fields, node.outs, node.meta, ""};
  OPS_ASSIGN(TaskKey key, run.inputs.tasks->Key(spec));
  if (key.digest == item.change->key) return {};
  return Stale(fmt::format("inputs of `{}` have changed", item.address()));
}

Status CheckItem(ApplyRun& run, ApplyItem& item, uint64_t pass) {
  if (item.change == nullptr) return {};
  if (item.change->action == Action::kNoop && !run.plan.saved) return {};
  OPS_TRY(CheckFields(run, item));
  OPS_TRY(CheckObserved(run, item, pass));
  if (run.plan.saved) OPS_TRY(CheckKey(run, item));
  return {};
}

}  // namespace

Status CheckFresh(ApplyRun& run, Workers& workers) {
  OPS_TRY(CheckPolicies(run.plan));
  OPS_TRY(CheckSources(run.plan, *run.inputs.graph));
  OPS_TRY(CheckParams(run));
  OPS_ASSIGN(uint64_t serial, run.inputs.journal->Serial());
  if (serial != run.plan.state_serial) {
    return Stale(
        fmt::format("the state is at {}, the plan was made at {}", serial, run.plan.state_serial));
  }
  std::vector<Status> checked(run.items.size());
  const uint64_t pass = NewPass();
  workers.ForEach(run.items.size(),
                  [&](size_t i) { checked[i] = CheckItem(run, run.items[i], pass); });
  for (Status& status : checked) OPS_TRY(std::move(status));
  return {};
}

Status ApplyMoves(const Plan& plan, Journal& journal) {
  std::unordered_map<std::string, std::string> moves;
  for (const Change& change : plan.changes) {
    if (!change.moved_from.empty()) moves[change.moved_from] = change.address;
  }
  // What stands in the way of a move is moved first.
  while (!moves.empty()) {
    std::string from = moves.begin()->first;
    for (size_t i = 0; i < moves.size() && moves.contains(moves[from]); ++i) from = moves[from];
    OPS_TRY(journal.Move(from, moves[from]));
    moves.erase(from);
  }
  return {};
}

}  // namespace opsc
