// What a killed run left open.
#include <fmt/format.h>

#include "runtime/exec/apply.h"
#include "runtime/graph/diff.h"

namespace opsc {
namespace {

StepRecord RecoveryStep(const OpenIntent& intent, std::string_view outcome, std::string message) {
  StepRecord step;
  step.run = intent.run;
  step.address = intent.address;
  step.action = intent.action;
  step.result = outcome;
  step.message = std::move(message);
  step.started = std::chrono::system_clock::now();
  return step;
}

// The entry that the effect would have left behind. What it depends on and whether it is protected
// is known from the source, or from before.
StateEntry RecoveredEntry(const ApplyInputs& inputs, const OpenIntent& intent,
                          const std::optional<StateEntry>& prior, const Node* node,
                          const Applied& applied) {
  StateEntry entry;
  if (prior) entry = *prior;
  entry.address = intent.address;
  entry.type = intent.type;
  entry.fields = intent.fields;
  entry.outs = Seal(applied.outs, inputs.journal->secret_salt()).value_or(Value::Record({}));
  entry.recorded = applied.recorded;
  entry.tainted = false;
  if (node != nullptr) {
    entry.protect = node->meta.protect;
    entry.depends_on.clear();
    for (const Edge& edge : node->edges) entry.depends_on.push_back(edge.to);
  }
  return entry;
}

Status RecoverAction(const ApplyInputs& inputs, const OpenIntent& intent) {
  return inputs.journal->Abandon(
      intent.id, /*half_done=*/true,
      RecoveryStep(intent, "failed",
                   "opsc ended while it ran, so nobody knows how it ended; when it runs again, "
                   "OPSC_IDEMPOTENCY_KEY is the same"));
}

Status RecoverResource(const ApplyInputs& inputs, const OpenIntent& intent, const Node* node) {
  Kind* kind = inputs.kinds->Find(intent.type);
  if (kind == nullptr) {
    return Fail(
        ErrorKind::kInput,
        fmt::format("`{}` was being changed when opsc ended, and this opsc does not know `{}`",
                    intent.address, intent.type),
        "use the version of opsc that made it");
  }
  auto became = kind->Recover(inputs.kind_context, intent);
  if (!became) {
    return Fail(became.error().kind,
                fmt::format("cannot find out what became of `{}`: {}", intent.address,
                            became.error().message),
                became.error().hint);
  }
  Journal& journal = *inputs.journal;
  if (!*became) {
    return journal.Abandon(intent.id, /*half_done=*/false,
                           RecoveryStep(intent, "cancelled", "opsc ended before it was done"));
  }
  StepRecord step = RecoveryStep(intent, "ok", "found done after opsc had ended");
  if (intent.action == "delete") return journal.Complete(intent.id, std::nullopt, step);
  OPS_ASSIGN(std::optional<StateEntry> prior, journal.Entry(intent.address));
  if (intent.action == "replace" && prior) {
    Kind* old_kind = inputs.kinds->Find(prior->type);
    if (old_kind != nullptr) OPS_TRY(old_kind->Delete(inputs.kind_context, *prior, intent.token));
  }
  return journal.Complete(intent.id, RecoveredEntry(inputs, intent, prior, node, **became), step);
}

}  // namespace

Result<std::vector<std::string>> RecoverOpenIntents(const ApplyInputs& inputs) {
  OPS_ASSIGN(std::vector<OpenIntent> intents, inputs.journal->OpenIntents());
  std::vector<std::string> addresses;
  if (intents.empty()) return addresses;
  std::unordered_map<std::string, size_t> index;
  if (inputs.graph != nullptr) index = inputs.graph->BuildIndex();
  Status first;
  for (const OpenIntent& intent : intents) {
    if (RoleOf(intent.type) == Role::kTask) continue;  // it may be carried on: FindAbandonedTasks
    auto found = index.find(intent.address);
    const Node* node = found == index.end() ? nullptr : &inputs.graph->nodes[found->second];
    Status recovered = RoleOf(intent.type) == Role::kResource
                           ? RecoverResource(inputs, intent, node)
                           : RecoverAction(inputs, intent);
    if (recovered) {
      addresses.push_back(intent.address);
    } else if (first) {
      first = std::move(recovered);
    }
  }
  OPS_TRY(std::move(first));
  return addresses;
}

}  // namespace opsc
