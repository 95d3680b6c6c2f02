// Calling a function value, many times over, without allocating.
#pragma once

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

// A function value with its frame ready: captures are copied once, arguments each time.
class Callee {
 public:
  // `span`: of the call, for messages.
  Callee(Interpreter& interpreter, const Value& function, size_t arg_count, Span span);

  Value Call(Value argument) {
    slots_[first_] = std::move(argument);
    return Run();
  }
  Value Call(Value first, Value second) {
    slots_[first_] = std::move(first);
    slots_[first_ + 1] = std::move(second);
    return Run();
  }
  // The arguments stand in `arguments()` already.
  Value Run();
  std::span<Value> frame() { return slots_.all(); }
  std::span<Value> arguments() { return slots_.all().subspan(first_, arg_count_); }

 private:
  static size_t FrameSize(const Interpreter& interpreter, const Closure& closure, size_t arg_count);

  Interpreter& in_;
  const Closure& closure_;
  size_t arg_count_;
  size_t first_ = 0;
  Span span_;
  Slots slots_;
  Activation* activation_;
  ExprId body_ = kNone<ExprId>;
};

inline const Closure& ClosureOf(const Value& function) {
  return *static_cast<const Closure*>(function.AsFunction().get());
}

}  // namespace opsc::eval
