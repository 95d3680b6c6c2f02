// Computing a value once, and finding that it needs itself.
#pragma once

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

template <typename Compute, typename Describe>
Value Interpreter::Memoise(Memo& memo, Span span, Describe&& describe, Compute&& compute) {
  using State = Memo::State;
  if (memo.state == State::kDone && !Stale(memo)) {
    known_used_ = known_used_ || memo.uses_known;
    touched_.insert(touched_.end(), memo.touched.begin(), memo.touched.end());
    return memo.value;
  }
  if (memo.state == State::kRunning) return ReportCycle(&memo, describe());
  if (memo.state == State::kFailed && memo.epoch == epoch_) {
    FailSilently();
    return {};
  }
  memo.state = State::kRunning;
  active_.push_back(Active{&memo, span, describe()});
  size_t calls_before = std::exchange(call_base_, calls_.size());
  bool known_before = std::exchange(known_used_, false);
  size_t mark = touched_.size();
  Value value = compute();
  memo.uses_known = known_used_;
  known_used_ = known_used_ || known_before;
  call_base_ = calls_before;
  active_.pop_back();
  memo.epoch = epoch_;
  if (failed_) {
    memo.state = speculating() ? State::kNew : State::kFailed;
    return {};
  }
  std::sort(touched_.begin() + static_cast<ptrdiff_t>(mark), touched_.end());
  touched_.erase(std::unique(touched_.begin() + static_cast<ptrdiff_t>(mark), touched_.end()),
                 touched_.end());
  memo.touched.assign(touched_.begin() + static_cast<ptrdiff_t>(mark), touched_.end());
  memo.value = value;
  memo.state = State::kDone;
  return value;
}

}  // namespace opsc::eval
