#include "runtime/exec/apply_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/exec/apply_items.h"
#include "runtime/exec/apply_steps.h"
#include "runtime/exec/task_command.h"

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
using Job = Answer (*)(ApplyRun&, ApplyItem&);

bool IsTaskLike(const ApplyItem& item) {
  return item.node != nullptr && RoleOf(item.node->type) != Role::kResource;
}

Answer Wake() {
  Answer answer;
  answer.kind = Answer::Kind::kWake;
  return answer;
}

// Processors that a task asks for: `limits.cpu`.
double CpuOf(const Value& fields) {
  const Value* limits = fields.Find("limits");
  const Value* cpu = limits != nullptr ? limits->Find("cpu") : nullptr;
  if (cpu == nullptr) return 1;
  if (cpu->is(ValueKind::kInt)) return static_cast<double>(cpu->AsInt());
  return cpu->is(ValueKind::kFloat) ? cpu->AsFloat() : 1;
}

// The loop and its bookkeeping; everything here runs on the coordinating thread.
class Loop {
 public:
  Loop(ApplyRun& run, Workers& workers, Schedule schedule, double processors, std::stop_token stop,
       Outputs& known)
      : run_(run),
        workers_(workers),
        schedule_(std::move(schedule)),
        cpus_(processors),
        stop_(std::move(stop)),
        known_(known),
        steps_(run) {}

  Status Run() {
    std::stop_callback wake(stop_, [this] { inbox_.Put(Wake()); });
    RestoreCached();
    while (true) {
      if (stop_.stop_requested()) StopAll();
      Dispatch();
      if (steps_.Due()) StartFlush();
      if (in_flight_ == 0 && schedule_.finished()) break;
      for (Answer& answer : inbox_.Take(NextDeadline())) Handle(answer);
      ExpireDeadlines();
    }
    if (fatal_) return std::unexpected(*fatal_);
    return steps_.Flush();
  }

 private:
  // --- starting ---

  // Outputs of tasks that the plan found cached depend on nothing: all at once, before the rest.
  void RestoreCached() {
    if (run_.plan.saved) return;  // keyed again when their turn comes
    std::vector<ApplyItem*> cached;
    for (ApplyItem& item : run_.items) {
      bool known = item.change != nullptr && item.change->action == Action::kCached;
      if (known && item.change->outs.is(ValueKind::kRecord)) cached.push_back(&item);
    }
    std::vector<Answer> answers(cached.size());
    workers_.ForEach(cached.size(), [&](size_t i) {
      if (!stop_.stop_requested()) answers[i] = RestoreOutputs(run_, *cached[i]);
    });
    for (size_t i = 0; i < cached.size(); ++i) {
      cached[i]->restored = answers[i].kind == Answer::Kind::kCached;
    }
  }

  void Dispatch() {
    for (bool moved = true; moved;) {
      moved = false;
      while (auto item = schedule_.Next()) {
        Classify(*item);
        moved = true;
      }
      while (auto item = lookups_.Pop()) Start(*item, ApplyItem::Room::kLookup, LookUpTask);
      while (auto item = effects_.Pop()) StartEffect(*item);
      while (auto item = cpus_.Pop()) StartRun(*item);
    }
  }

  // All that `at` needs has ended: says what becomes of it.
  void Classify(size_t at) {
    ApplyItem& item = run_.items[at];
    if (item.restored) return EndCached(at, item.change->outs);
    if (item.change != nullptr && item.change->action == Action::kNoop) return EndNoop(at);
    if (stopping_) return End(at, NodeResult::kCancelled, "");
    if (!run_.options.keep_going && run_.result.failed > 0) {
      return End(at, NodeResult::kSkipped, "something else failed");
    }
    std::vector<size_t> failed = FailedNeeds(run_, item);
    if (!failed.empty() && !HandlesResultsOf(run_, item, failed)) return SkipFor(at, failed[0]);
    if (item.change == nullptr) return End(at, NodeResult::kOk, "");
    if (item.node == nullptr) return effects_.Push(at, schedule_.way(at));  // delete, forget
    if (!Resolve(at, failed)) return;
    if (RoleOf(item.node->type) == Role::kTask) {
      lookups_.Push(at, schedule_.way(at));
    } else if (IsTaskLike(item)) {
      QueueRun(at);
    } else {
      effects_.Push(at, schedule_.way(at));
    }
  }

  // Fills in the item's fields; false where it ended instead.
  bool Resolve(size_t at, const std::vector<size_t>& failed) {
    ApplyItem& item = run_.items[at];
    Status resolved = ResolveItem(run_, item, known_);
    if (!resolved) return FailItem(at, Text(resolved.error()));
    if (!item.work().resolved.fields.has_pending()) return true;
    if (failed.empty()) {
      return FailItem(at, "its fields wait for something that no one gives: " +
                              PendingPaths(item.work().resolved.fields).front());
    }
    SkipFor(at, failed[0]);
    return false;
  }

  bool FailItem(size_t at, std::string message) {
    End(at, NodeResult::kFailed, std::move(message));
    return false;
  }

  void SkipFor(size_t at, size_t needed) {
    const ApplyItem& need = run_.items[needed];
    std::string_view how = need.result == NodeResult::kCancelled ? "was cancelled"
                           : need.result == NodeResult::kSkipped ? "was skipped"
                                                                 : "failed";
    End(at, NodeResult::kSkipped, fmt::format("`{}` {}", need.address(), how));
  }

  void QueueRun(size_t at) {
    ApplyItem& item = run_.items[at];
    // Of this machine, a command elsewhere takes next to nothing.
    constexpr double kCarrying = 1.0 / 32;
    ApplyWork& work = item.work();
    work.cpu = RunsElsewhere(work.resolved.fields) ? kCarrying : CpuOf(work.resolved.fields);
    cpus_.Push(at, schedule_.way(at), work.cpu);
  }

  void Start(size_t at, ApplyItem::Room room, Job job) {
    ApplyItem& item = run_.items[at];
    ApplyWork& work = item.work();
    if (!work.stop.stop_possible()) work.stop = std::stop_source();
    work.started = run_.Now();
    work.began = Clock::now();
    item.room = room;
    item.running = true;
    ++in_flight_;
    running_.insert(at);
    workers_.Give([this, at, job] {
      Answer answer = job(run_, run_.items[at]);
      answer.item = at;
      inbox_.Put(std::move(answer));
    });
  }

  void Announce(size_t at) {
    ApplyItem& item = run_.items[at];
    run_.Say(Event::Type::kStart, item.address(), std::string(ActionName(item.change->action)));
    if (item.node == nullptr || item.node->meta.timeout_ns <= 0) return;
    deadlines_.emplace(Clock::now() + std::chrono::nanoseconds(item.node->meta.timeout_ns), at);
  }

  void StartRun(size_t at) {
    Announce(at);
    bool is_task = RoleOf(run_.items[at].node->type) == Role::kTask;
    Start(at, ApplyItem::Room::kProcessors, is_task ? RunTask : RunAction);
  }

  void StartEffect(size_t at) {
    Announce(at);
    switch (run_.items[at].change->action) {
      case Action::kForget:
        return Start(at, ApplyItem::Room::kEffect, ForgetEntry);
      case Action::kDelete:
        return Start(at, ApplyItem::Room::kEffect, DeleteResource);
      default:
        return Start(at, ApplyItem::Room::kEffect, MakeTrue);
    }
  }

  void StartFlush() {
    ++in_flight_;
    workers_.Give([this, batch = steps_.Take()] {
      Answer answer;
      answer.kind = Answer::Kind::kFlushed;
      Status recorded = run_.inputs.journal->Record(batch.entries, batch.steps);
      if (!recorded) answer.fatal = std::move(recorded.error());
      inbox_.Put(std::move(answer));
    });
  }

  // --- ending ---

  void Handle(Answer& answer) {
    if (answer.kind == Answer::Kind::kWake) return;
    --in_flight_;
    if (answer.fatal) {
      if (!fatal_) fatal_ = answer.fatal;
      StopAll();
    }
    if (answer.kind == Answer::Kind::kFlushed) return steps_.Flushed();
    size_t at = answer.item;
    ApplyItem& item = run_.items[at];
    running_.erase(at);
    ReleaseRoom(item);
    item.journaled = answer.journaled;
    switch (answer.kind) {
      case Answer::Kind::kMissed:
        return Missed(at);
      case Answer::Kind::kCached:
        return EndCached(at, std::move(answer.outs));
      case Answer::Kind::kUnchanged:
        item.unchanged = true;
        [[fallthrough]];
      case Answer::Kind::kDone:
        item.work().outs = std::move(answer.outs);
        return End(at, NodeResult::kOk, answer.message);
      default:
        return EndBadly(at, answer);
    }
  }

  void Missed(size_t at) {
    if (stopping_) return End(at, NodeResult::kCancelled, "");
    run_.items[at].running = false;
    QueueRun(at);
  }

  void EndBadly(size_t at, Answer& answer) {
    ApplyItem& item = run_.items[at];
    if (item.timed_out) {
      return End(at, NodeResult::kFailed,
                 fmt::format("took longer than its timeout of {}",
                             FormatDuration(item.node->meta.timeout_ns)));
    }
    bool cancelled = answer.kind == Answer::Kind::kCancelled;
    if (answer.denied && !cancelled) ++run_.result.denied;
    End(at, cancelled ? NodeResult::kCancelled : NodeResult::kFailed, std::move(answer.message));
  }

  void ReleaseRoom(ApplyItem& item) {
    switch (std::exchange(item.room, ApplyItem::Room::kNone)) {
      case ApplyItem::Room::kNone:
        return;
      case ApplyItem::Room::kLookup:
        return lookups_.Release();
      case ApplyItem::Room::kEffect:
        return effects_.Release();
      case ApplyItem::Room::kProcessors:
        return cpus_.Release(item.work().cpu);
    }
  }

  void EndNoop(size_t at) {
    ApplyItem& item = run_.items[at];
    const StateEntry* prior = run_.Prior(item.address());
    if (prior != nullptr) {
      item.work().outs = prior->outs;
      if (prior->depends_on != item.change->depends_on) {
        StateEntry entry = *prior;
        entry.depends_on = item.change->depends_on;
        steps_.AddEntry(std::move(entry));
      }
    }
    item.unchanged = true;
    End(at, NodeResult::kOk, "");
  }

  void EndCached(size_t at, Value outs) {
    ApplyItem& item = run_.items[at];
    item.work().outs = std::move(outs);
    item.cached = true;
    End(at, NodeResult::kOk, "");
  }

  // Every item ends here, once.
  void End(size_t at, NodeResult result, std::string message) {
    ApplyItem& item = run_.items[at];
    item.result = result;
    known_[item.address()] =
        WithResult(result == NodeResult::kOk ? std::as_const(item).work().outs : Value::Null(),
                   ResultName(result));
    if (item.change != nullptr && !fatal_) steps_.Add(item, std::move(message));
    item.running = false;
    item.Release();
    schedule_.Done(at);
  }

  // --- stopping ---

  void StopAll() {
    if (stopping_) return;
    stopping_ = true;
    for (size_t at : running_) run_.items[at].work().stop.request_stop();
    std::vector<size_t> waiting;
    lookups_.Drain(waiting);
    effects_.Drain(waiting);
    cpus_.Drain(waiting);
    for (size_t at : waiting) End(at, NodeResult::kCancelled, "");
  }

  Clock::time_point NextDeadline() {
    Clock::time_point flush = steps_.empty() ? Clock::now() + std::chrono::hours(1)
                                             : Clock::now() + std::chrono::milliseconds(500);
    return deadlines_.empty() ? flush : std::min(flush, deadlines_.begin()->first);
  }

  void ExpireDeadlines() {
    while (!deadlines_.empty() && deadlines_.begin()->first <= Clock::now()) {
      ApplyItem& item = run_.items[deadlines_.begin()->second];
      deadlines_.erase(deadlines_.begin());
      if (!item.running) continue;
      item.timed_out = true;
      item.work().stop.request_stop();
    }
  }

  ApplyRun& run_;
  Workers& workers_;
  Schedule schedule_;
  CpuQueue cpus_;
  Lane lookups_{ApplyRun::kLookups};
  Lane effects_{ApplyRun::kEffects};
  std::stop_token stop_;
  Outputs& known_;
  StepLog steps_;
  Inbox<Answer> inbox_;
  size_t in_flight_ = 0;
  std::set<size_t> running_;
  std::set<std::pair<Clock::time_point, size_t>> deadlines_;
  bool stopping_ = false;
  std::optional<Error> fatal_;
};

}  // namespace

Status RunItems(ApplyRun& run, Schedule schedule, Workers& workers, double processors,
                std::stop_token stop, Outputs& known) {
  return Loop(run, workers, std::move(schedule), processors, std::move(stop), known).Run();
}

}  // namespace opsc
