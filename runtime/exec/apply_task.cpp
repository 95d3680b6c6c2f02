// Tasks and actions on a worker thread.
#include <fmt/format.h>

#include "runtime/exec/apply_run.h"
#include "runtime/exec/task_command.h"

namespace opsc {
namespace {

// The exit code with which opsc's own programs say that a gate said no.
constexpr int kOwnDenied = 4;

TaskSpec SpecOf(const ApplyRun& run, const ApplyItem& item, std::string token) {
  const Node& node = *item.node;
  const Program::Resolved& resolved = item.work().resolved;
  return {node.address, node.type,        resolved.fields, resolved.outs,
          node.meta,    std::move(token), run.run_id};
}

Answer Failed(std::string message) {
  Answer answer;
  answer.kind = Answer::Kind::kFailed;
  answer.message = std::move(message);
  return answer;
}

bool Forced(const ApplyItem& item) {
  const auto& reasons = item.change->reasons;
  return !reasons.empty() && reasons.front().kind == ReasonKind::kRequested;
}

// Puts recorded outputs in place. kMissed where the store has lost them.
Answer PutInPlace(ApplyRun& run, ApplyItem& item, Value outs) {
  Answer answer;
  Status restored = run.inputs.tasks->Materialize(item.address(), outs);
  if (restored) {
    answer.kind = Answer::Kind::kCached;
    answer.outs = std::move(outs);
  } else if (restored.error().kind == ErrorKind::kCorrupt) {
    answer.kind = Answer::Kind::kMissed;
  } else {
    return Failed(Text(restored.error()));
  }
  return answer;
}

// One run of the command, retried as the node asks.
Answer RunCommand(ApplyRun& run, ApplyItem& item, const TaskSpec& spec) {
  Answer answer;
  WithRetries(run, item, [&] {
    ApplyWork& work = item.work();
    auto result = run.inputs.tasks->Run(spec, work.key, run.events(), work.stop.get_token());
    answer = Answer{};
    if (!result) {
      answer = Failed(Text(result.error()));
      if (result.error().kind == ErrorKind::kCancelled) answer.kind = Answer::Kind::kCancelled;
      return Attempt::kFinal;
    }
    answer.message = result->message;
    if (result->outcome == TaskResult::Outcome::kOk) {
      answer.outs = std::move(result->outs);
      return Attempt::kDone;
    }
    bool cancelled = result->outcome == TaskResult::Outcome::kCancelled;
    answer.kind = cancelled ? Answer::Kind::kCancelled : Answer::Kind::kFailed;
    answer.denied = result->exit_code == kOwnDenied && spec.fields.Find("own") != nullptr;
    return cancelled ? Attempt::kFinal : Attempt::kFailed;
  });
  return answer;
}

// The token of an earlier attempt whose outcome nobody knows; else a fresh one.
std::string ActionToken(const ApplyRun& run, const ApplyItem& item) {
  const StateEntry* unknown = run.Prior(item.address());
  if (unknown != nullptr && unknown->type == item.change->type) {
    const Value* token = unknown->recorded.Find("token");
    if (token != nullptr && token->is(ValueKind::kString)) return std::string(token->AsString());
  }
  return run.Token(item, "run");
}

// The command between two records of the journal: if opsc is killed meanwhile, the next one knows
// that something of it may be there still.
Answer RunAnnounced(ApplyRun& run, ApplyItem& item, const TaskSpec& spec,
                    const std::string& token) {
  Journal& journal = *run.inputs.journal;
  auto intent = journal.Intent({run.run_id, item.address(), item.change->type, "run", token,
                                item.work().sealed,
                                Value::Record({{Symbol("token"), Value::String(token)}})});
  if (!intent) return FatalAnswer(SIZE_MAX, std::move(intent.error()));
  Answer answer = RunCommand(run, item, spec);
  Status closed;
  if (answer.kind == Answer::Kind::kDone) {
    closed = journal.Complete(*intent, std::nullopt, run.Step(item, "run", "ok", answer.message));
  } else {
    if (item.timed_out) answer.kind = Answer::Kind::kFailed;
    bool cancelled = answer.kind == Answer::Kind::kCancelled;
    closed =
        journal.Abandon(*intent, /*half_done=*/false,
                        run.Step(item, "run", cancelled ? "cancelled" : "failed", answer.message));
  }
  if (!closed) return FatalAnswer(SIZE_MAX, std::move(closed.error()));
  answer.journaled = true;
  return answer;
}

}  // namespace

Answer LookUpTask(ApplyRun& run, ApplyItem& item) {
  TaskSpec spec = SpecOf(run, item, "");
  auto key = run.inputs.tasks->Key(spec);
  if (!key) return Failed(Text(key.error()));
  item.work().key = std::move(*key);
  if (run.plan.saved && !item.change->key.empty() && item.change->key != item.work().key.digest) {
    return Failed("its inputs are not those of the plan any more (plan again)");
  }
  Answer missed;
  missed.kind = Answer::Kind::kMissed;
  if (Forced(item)) return missed;
  auto known = run.inputs.tasks->Lookup(item.work().key);
  if (!known) return Failed(Text(known.error()));
  if (!*known) return missed;
  return PutInPlace(run, item, std::move(**known));
}

Answer RestoreOutputs(ApplyRun& run, ApplyItem& item) {
  return PutInPlace(run, item, item.change->outs);
}

Answer RunTask(ApplyRun& run, ApplyItem& item) {
  const TaskSpec spec = SpecOf(run, item, "");
  if (!RunsElsewhere(item.work().resolved.fields)) return RunCommand(run, item, spec);
  const std::string token = item.work().key.digest.Hex();
  RemoveOtherRuns(run, item.address(), token);
  return RunAnnounced(run, item, spec, token);
}

Answer RunAction(ApplyRun& run, ApplyItem& item) {
  TaskSpec spec = SpecOf(run, item, ActionToken(run, item));
  auto key = run.inputs.tasks->Key(spec);
  if (!key) return Failed(Text(key.error()));
  item.work().key = std::move(*key);
  return RunAnnounced(run, item, spec, spec.token);
}

}  // namespace opsc
