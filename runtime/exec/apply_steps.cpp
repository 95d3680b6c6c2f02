#include "runtime/exec/apply_steps.h"

#include <algorithm>

namespace opsc {

void StepLog::Add(const ApplyItem& item, std::string message) {
  Count(item);
  bool ok = item.result == NodeResult::kOk;
  if (ok && item.change->action == Action::kNoop) return;
  std::string_view outcome = ok && item.cached ? "cached" : ResultName(item.result);
  StepRecord step = run_.Step(item, ActionName(item.change->action), outcome, std::move(message));
  if (!item.running) step.started = run_.Now();
  Announce(item, step);
  if (run_.result.steps.empty()) run_.result.steps.reserve(run_.plan.changes.size());
  run_.result.steps.push_back(step);
  run_.result.steps.back().run = {};  // ApplyResult::run_id
  if (ok && item.cached) {
    cached_.push_back(std::move(step));
    return;
  }
  did_something_ = true;
  if (!item.journaled) waiting_.steps.push_back(std::move(step));
}

void StepLog::Announce(const ApplyItem& item, const StepRecord& step) {
  auto type = [&] {
    switch (item.result) {
      case NodeResult::kFailed:
        return Event::Type::kFailed;
      case NodeResult::kSkipped:
        return Event::Type::kSkipped;
      case NodeResult::kCancelled:
        return Event::Type::kCancelled;
      default:
        return item.cached ? Event::Type::kCached : Event::Type::kDone;
    }
  };
  run_.Say(type(), step.address, item.unchanged ? "unchanged" : step.message,
           std::chrono::nanoseconds(step.duration_ns));
}

void StepLog::Count(const ApplyItem& item) {
  ApplyResult& result = run_.result;
  switch (item.result) {
    case NodeResult::kFailed:
      ++result.failed;
      return;
    case NodeResult::kSkipped:
      ++result.skipped;
      return;
    case NodeResult::kCancelled:
      ++result.cancelled;
      return;
    default:
      break;
  }
  if (item.cached) {
    ++result.cached;
    return;
  }
  if (item.unchanged) {
    ++result.unchanged;
    return;
  }
  switch (item.change->action) {
    case Action::kRun:
    case Action::kCached:
      ++result.ran;
      return;
    case Action::kCreate:
      ++result.created;
      return;
    case Action::kUpdate:
      ++result.updated;
      return;
    case Action::kReplace:
      ++result.replaced;
      return;
    case Action::kDelete:
      ++result.destroyed;
      return;
    case Action::kAdopt:
      ++result.adopted;
      return;
    case Action::kForget:
      ++result.forgotten;
      return;
    case Action::kNoop:
      return;
  }
}

bool StepLog::Due() const {
  constexpr size_t kBatch = 256;
  constexpr auto kLongest = std::chrono::milliseconds(500);
  size_t size = waiting_.steps.size() + waiting_.entries.size();
  if (flushing_ || size == 0) return false;
  return size >= kBatch || std::chrono::steady_clock::now() - last_ >= kLongest;
}

StepLog::Batch StepLog::Take() {
  flushing_ = true;
  last_ = std::chrono::steady_clock::now();
  return std::exchange(waiting_, {});
}

Status StepLog::Flush() {
  if (did_something_) std::ranges::move(cached_, std::back_inserter(waiting_.steps));
  cached_.clear();
  if (empty()) return {};
  Batch batch = Take();
  flushing_ = false;
  return run_.inputs.journal->Record(batch.entries, batch.steps);
}

}  // namespace opsc
