// Resources on a worker thread: intent, effect, result.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/exec/apply_run.h"
#include "runtime/graph/compare.h"

namespace opsc {
namespace {

// One effect on one resource.
struct Effect {
  Kind* kind = nullptr;
  std::string_view action;  // of the intent: "create", "update", "replace", "delete"
  Value fields;             // for the kind: secrets in clear
  Value sealed;             // for the journal
  const StateEntry* prior = nullptr;
};

Answer Simple(Answer::Kind kind, std::string message = {}) {
  Answer answer;
  answer.kind = kind;
  answer.message = std::move(message);
  return answer;
}

StateEntry EntryOf(const ApplyRun& run, const ApplyItem& item, Value fields,
                   const Applied& applied) {
  StateEntry entry;
  entry.address = item.address();
  entry.type = item.change->type;
  entry.fields = std::move(fields);
  entry.outs = Seal(applied.outs, run.salt()).value_or(Value::Record({}));
  entry.recorded = applied.recorded;
  entry.depends_on = item.change->depends_on;
  entry.protect = item.node != nullptr && item.node->meta.protect;
  entry.duration_ns =
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - item.work().began).count();
  return entry;
}

OpenIntent AsOpen(const ApplyRun& run, const ApplyItem& item, const Effect& effect, uint64_t id,
                  const std::string& token) {
  return {
      id,
      run.run_id,
      item.address(),
      effect.prior != nullptr && effect.action == "delete" ? effect.prior->type : item.change->type,
      std::string(effect.action),
      token,
      effect.sealed,
      effect.prior != nullptr ? effect.prior->recorded : Value::Null()};
}

Result<OpenIntent> Announce(ApplyRun& run, const ApplyItem& item, const Effect& effect) {
  OpenIntent open = AsOpen(run, item, effect, 0, run.Token(item, effect.action));
  OPS_ASSIGN(open.id, run.inputs.journal->Intent({open.run, open.address, open.type, open.action,
                                                  open.token, open.fields, open.recorded}));
  return open;
}

// One of the calls that kinds may do at the same time.
class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& turns) : turns_(turns) { turns_.acquire(); }
  ~Turn() { End(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  void End() {
    if (!std::exchange(ended_, true)) turns_.release();
  }

 private:
  std::counting_semaphore<>& turns_;
  bool ended_ = false;
};

Result<Applied> CallKind(ApplyRun& run, ApplyItem& item, const Effect& effect,
                         const OpenIntent& open) {
  ApplyRequest request;
  request.address = item.address();
  request.token = open.token;
  request.fields = effect.fields;
  if (effect.prior != nullptr) request.prior = *effect.prior;
  request.timeout_ns = item.node != nullptr ? item.node->meta.timeout_ns : 0;
  KindContext context = run.Context(item.work().stop.get_token());
  Result<Applied> applied;
  WithRetries(run, item, [&] {
    Turn turn(run.kind_calls);
    context.only_waits = [&] { turn.End(); };
    if (effect.action == "delete") {
      Status deleted = effect.kind->Delete(context, *effect.prior, open.token);
      applied = deleted ? Result<Applied>(Applied{}) : std::unexpected(deleted.error());
    } else {
      applied = effect.action == "update" ? effect.kind->Update(context, request)
                                          : effect.kind->Create(context, request);
    }
    return applied ? Attempt::kDone : Attempt::kFailed;
  });
  return applied;
}

// After a failure: closes the intent with what really became true. A replacement whose new half
// stands keeps its intent: recovery finishes it, and both halves stay known until then.
Status Settle(ApplyRun& run, ApplyItem& item, const Effect& effect, const OpenIntent& open,
              const StepRecord& step) {
  Journal& journal = *run.inputs.journal;
  auto became = effect.kind->Recover(run.Context({}), open);
  if (effect.action == "replace") {
    if (!became || *became) return journal.Record({}, std::span(&step, 1));
    return journal.Abandon(open.id, /*half_done=*/false, step);
  }
  if (effect.action == "delete") {
    if (became && *became) return journal.Complete(open.id, std::nullopt, step);
    return journal.Abandon(open.id, /*half_done=*/false, step);
  }
  if (became && !*became) return journal.Abandon(open.id, /*half_done=*/false, step);
  if (!became) return journal.Abandon(open.id, /*half_done=*/true, step);
  StateEntry entry = EntryOf(run, item, effect.sealed, **became);
  entry.tainted = true;
  return journal.Complete(open.id, entry, step);
}

Answer Failure(ApplyRun& run, ApplyItem& item, const Effect& effect, const OpenIntent& open,
               const Error& error) {
  bool cancelled = item.work().stop.stop_requested() && !item.timed_out;
  Answer answer = Simple(cancelled ? Answer::Kind::kCancelled : Answer::Kind::kFailed, Text(error));
  StepRecord step = run.Step(item, ActionName(item.change->action),
                             cancelled ? "cancelled" : "failed", answer.message);
  Status settled = Settle(run, item, effect, open, step);
  if (!settled) return FatalAnswer(SIZE_MAX, std::move(settled.error()));
  answer.journaled = true;
  answer.denied = error.kind == ErrorKind::kDenied;
  return answer;
}

// Announces, does and records one effect.
Answer Perform(ApplyRun& run, ApplyItem& item, const Effect& effect) {
  auto open = Announce(run, item, effect);
  if (!open) return FatalAnswer(SIZE_MAX, std::move(open.error()));
  auto applied = CallKind(run, item, effect, *open);
  if (!applied) return Failure(run, item, effect, *open, applied.error());
  if (effect.action == "replace") {  // the new one stands: now the old one goes
    Kind* old_kind = run.inputs.kinds->Find(effect.prior->type);
    Status deleted =
        old_kind->Delete(run.Context(item.work().stop.get_token()), *effect.prior, open->token);
    if (!deleted) return Failure(run, item, effect, *open, deleted.error());
  }
  std::optional<StateEntry> entry;
  if (effect.action != "delete") entry = EntryOf(run, item, effect.sealed, *applied);
  Status closed = run.inputs.journal->Complete(
      open->id, entry, run.Step(item, ActionName(item.change->action), "ok", ""));
  if (!closed) return FatalAnswer(SIZE_MAX, std::move(closed.error()));
  Answer answer;
  answer.outs = std::move(applied->outs);
  answer.journaled = true;
  return answer;
}

Answer DeleteRecorded(ApplyRun& run, ApplyItem& item, const StateEntry& prior) {
  Kind* kind = run.inputs.kinds->Find(prior.type);
  if (kind == nullptr) {
    return Simple(Answer::Kind::kFailed,
                  fmt::format("this opsc does not know `{}` (to forget it: opsc state rm '{}')",
                              prior.type, prior.address));
  }
  return Perform(run, item, {kind, "delete", prior.fields, prior.fields, &prior});
}

Answer Replace(ApplyRun& run, ApplyItem& item, Effect effect) {
  if (item.node->meta.create_first) {
    effect.action = "replace";
    return Perform(run, item, effect);
  }
  Answer deleted = DeleteRecorded(run, item, *effect.prior);
  if (deleted.kind != Answer::Kind::kDone) return deleted;
  effect.action = "create";
  effect.prior = nullptr;
  return Perform(run, item, effect);
}

// Nothing is done, only the record changes: `protect`, what it depends on.
Answer RecordOnly(ApplyRun& run, ApplyItem& item, const StateEntry& prior) {
  StateEntry entry = prior;
  entry.protect = item.node->meta.protect;
  entry.depends_on = item.change->depends_on;
  StepRecord step = run.Step(item, ActionName(item.change->action), "ok", "");
  Status recorded = run.inputs.journal->Record(std::span(&entry, 1), std::span(&step, 1));
  if (!recorded) return FatalAnswer(SIZE_MAX, std::move(recorded.error()));
  Answer answer = Simple(Answer::Kind::kDone);
  answer.outs = prior.outs;
  answer.journaled = true;
  return answer;
}

// Planned while its fields were pending, so nobody has looked whether something stands there.
std::optional<std::string> InTheWay(ApplyRun& run, ApplyItem& item, Kind& kind) {
  if (!item.change->after.has_pending()) return std::nullopt;
  KindContext context = run.Context(item.work().stop.get_token());
  auto found = kind.Lookup(context, item.address(), item.work().resolved.fields);
  if (!found) return Text(found.error());
  if (!found->exists || found->shared) return std::nullopt;
  auto sealed = Seal(found->fields, run.salt());
  if (!sealed) return Text(sealed.error());
  auto differs = DiffFields(Restrict(item.work().sealed, *sealed), *sealed, item.node->meta.ignore);
  if (differs.empty()) return std::nullopt;
  return Text(ExistsAndDiffers(item.address(), item.change->type, differs));
}

bool ForcedToReplace(const ApplyItem& item, const StateEntry& prior) {
  return item.change->action == Action::kReplace &&
         (prior.type != item.change->type ||
          std::ranges::any_of(item.change->reasons, [](const Reason& reason) {
            return reason.kind == ReasonKind::kTainted || reason.kind == ReasonKind::kRequested;
          }));
}

// Recorded and there: what its resolved fields need now that all of them are known.
Answer ChangeRecorded(ApplyRun& run, ApplyItem& item, Effect effect) {
  const StateEntry& prior = *effect.prior;
  const Meta& meta = item.node->meta;
  const auto& observed = item.work().observed;
  Value actual = observed ? Overlay(prior.fields, observed->fields) : prior.fields;
  Comparison comparison = CompareFields(actual, item.work().sealed, meta, *effect.kind);
  if (ForcedToReplace(item, prior)) comparison.action = Action::kReplace;
  bool mends = prior.tainted && effect.kind->MendsByUpdate();
  if (comparison.action == Action::kReplace) {
    if (item.change->action == Action::kReplace) return Replace(run, item, effect);
    return Simple(Answer::Kind::kFailed, "it would have to be replaced, which was not planned");
  }
  if (comparison.action == Action::kNoop && !mends) {
    bool same = DiffFields(prior.fields, item.work().sealed, meta.ignore).empty();
    if (same && prior.protect != meta.protect) return RecordOnly(run, item, prior);
    if (same) {
      Answer answer = Simple(Answer::Kind::kUnchanged);
      answer.outs = prior.outs;
      return answer;
    }
  }
  effect.action = "update";
  effect.fields = KeepIgnored(effect.fields, actual, meta.ignore);
  return Perform(run, item, effect);
}

}  // namespace

Answer MakeTrue(ApplyRun& run, ApplyItem& item) {
  Effect effect{run.inputs.kinds->Find(item.change->type), "create", item.work().resolved.fields,
                item.work().sealed, run.Prior(item.address())};
  if (effect.kind == nullptr) {
    return Simple(Answer::Kind::kFailed,
                  fmt::format("this opsc does not know `{}`", item.change->type));
  }
  if (effect.prior != nullptr && item.change->action != Action::kCreate) {
    return ChangeRecorded(run, item, effect);
  }
  if (effect.prior == nullptr) {
    if (auto in_the_way = InTheWay(run, item, *effect.kind)) {
      return Simple(Answer::Kind::kFailed, *in_the_way);
    }
  }
  return Perform(run, item, effect);
}

Answer DeleteResource(ApplyRun& run, ApplyItem& item) {
  const StateEntry* prior = run.Prior(item.address());
  if (prior == nullptr) return Simple(Answer::Kind::kUnchanged);
  return DeleteRecorded(run, item, *prior);
}

Answer ForgetEntry(ApplyRun& run, ApplyItem& item) {
  Status removed = run.inputs.journal->Remove(item.address());
  if (!removed) return FatalAnswer(SIZE_MAX, std::move(removed.error()));
  return Simple(Answer::Kind::kDone);
}

}  // namespace opsc
