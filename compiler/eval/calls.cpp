// Functions: making, calling and passing them.
#include <fmt/format.h>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtins.h"
#include "compiler/eval/callee.h"
#include "compiler/eval/pending.h"

namespace opsc::eval {

size_t Callee::FrameSize(const Interpreter& in, const Closure& closure, size_t arg_count) {
  switch (closure.kind) {
    case Closure::Kind::kLambda: {
      const auto& lambda = std::get<LambdaExpr>(in.model().exprs[closure.lambda].node);
      return std::max<size_t>(lambda.frame_size, lambda.captures.size() + arg_count);
    }
    case Closure::Kind::kFunction:
      return std::max<size_t>(in.model().functions[closure.fn].frame_size, arg_count);
    case Closure::Kind::kBuiltin:
      return arg_count;
  }
  return arg_count;
}

Callee::Callee(Interpreter& interpreter, const Value& function, size_t arg_count, Span span)
    : in_(interpreter),
      closure_(ClosureOf(function)),
      arg_count_(arg_count),
      span_(span),
      slots_(interpreter.stack(), FrameSize(interpreter, closure_, arg_count)),
      activation_(closure_.activation) {
  if (closure_.kind == Closure::Kind::kLambda) {
    const auto& lambda = std::get<LambdaExpr>(in_.model().exprs[closure_.lambda].node);
    for (size_t i = 0; i < closure_.captured.size(); ++i) slots_[i] = closure_.captured[i];
    first_ = closure_.captured.size();
    body_ = lambda.body;
  } else if (closure_.kind == Closure::Kind::kFunction) {
    const Function& fn = in_.model().functions[closure_.fn];
    activation_ = in_.FindActivation(closure_.activation, fn.scope);
    body_ = fn.body;
  }
}

Value Callee::Run() {
  if (closure_.kind == Closure::Kind::kBuiltin) {
    return in_.CallBuiltin(closure_.builtin, slots_.all(), span_);
  }
  if (!in_.EnterCall(span_)) return {};
  Frame frame{slots_.data(), activation_, closure_.self};
  Value result = in_.Eval(body_, frame);
  in_.LeaveCall();
  return result;
}

bool Interpreter::EnterCall(Span span) {
  if (calls_.size() >= static_cast<size_t>(options_.max_call_depth)) {
    Fail(Diag::kTooDeep, span, {"calls", fmt::format("{}", options_.max_call_depth)});
    return false;
  }
  calls_.push_back(span);
  return true;
}

Value Interpreter::EvalNode(const LambdaExpr& e, const Expr& expr, Frame& frame) {
  auto closure = std::make_shared<Closure>();
  closure->lambda = IdOf(expr);
  closure->activation = frame.activation;
  closure->self = frame.self;
  for (RecordSelf* self = frame.self.record; self != nullptr; self = self->frame.self.record) {
    self->escaped = true;
  }
  closure->captured.reserve(e.captures.size());
  for (uint32_t slot : e.captures) closure->captured.push_back(frame.slots[slot]);
  std::span<const Value> captured = closure->captured;
  return Checked(Value::Function(closure, captured), expr.span);
}

Value Interpreter::EvalNode(const FnExpr& e, const Expr&, Frame& frame) {
  auto closure = std::make_shared<Closure>();
  closure->kind = Closure::Kind::kFunction;
  closure->fn = e.fn;
  closure->activation = frame.activation;
  return Value::Function(std::move(closure));
}

Value Interpreter::EvalNode(const BuiltinExpr& e, const Expr&, Frame&) {
  auto closure = std::make_shared<Closure>();
  closure->kind = Closure::Kind::kBuiltin;
  closure->builtin = e.builtin;
  return Value::Function(std::move(closure));
}

Value Interpreter::EvalNode(const CallFnExpr& e, const Expr& expr, Frame& frame) {
  const Function& fn = model_.functions[e.fn];
  Slots slots(stack_, std::max<size_t>(fn.frame_size, e.args.size()));
  for (size_t i = 0; i < e.args.size(); ++i) {
    slots[i] = Eval(e.args[i], frame);
    if (failed_) return {};
  }
  if (!EnterCall(expr.span)) return {};
  Frame inner{slots.data(), FindActivation(frame.activation, fn.scope), {}};
  Value result = Eval(fn.body, inner);
  LeaveCall();
  return result;
}

Value Interpreter::EvalNode(const CallBuiltinExpr& e, const Expr& expr, Frame& frame) {
  Slots args(stack_, e.args.size());
  std::optional<IntRange> range;
  if (RowOf(e.builtin).takes == Takes::kRange) range = PlainRange(e.args[0], frame);
  for (size_t i = range ? 1 : 0; i < e.args.size(); ++i) {
    args[i] = Eval(e.args[i], frame);
    if (failed_) return {};
  }
  return CallBuiltin(e.builtin, args.all(), expr.span, expr.type, range);
}

// What `range(a, b)` would list, for ints that are plain. nullopt: it is something else, or has no
// result; nothing has happened then.
std::optional<IntRange> Interpreter::PlainRange(ExprId id, const Frame& frame) {
  const auto* call = std::get_if<CallBuiltinExpr>(&model_.exprs[id].node);
  if (call == nullptr || RowOf(call->builtin).function != builtin::Range) return std::nullopt;
  uint64_t steps = steps_++;
  int64_t from = 0;
  int64_t to = 0;
  bool plain = PlainInt(call->args[0], frame, from) && PlainInt(call->args[1], frame, to);
  uint64_t count = to <= from ? 0 : static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  if (plain && count <= options_.max_elements) return IntRange{from, count};
  steps_ = steps;
  return std::nullopt;
}

Value Interpreter::EvalNode(const CallValueExpr& e, const Expr& expr, Frame& frame) {
  Value function = Eval(e.callee, frame);
  if (failed_) return {};
  bool callable = function.is(ValueKind::kFunction);
  Slots args(stack_, e.args.size());
  for (size_t i = 0; i < e.args.size(); ++i) {
    args[i] = Eval(e.args[i], frame);
    if (failed_) return {};
  }
  if (IsPending(function)) return function;
  if (!callable) {
    return Fail(Diag::kNoSuchOperation, expr.span,
                {fmt::format("{} cannot be called", KindName(function))});
  }
  Callee callee(*this, function, e.args.size(), expr.span);
  for (size_t i = 0; i < e.args.size(); ++i) callee.arguments()[i] = std::move(args[i]);
  return callee.Run();
}

// A pending argument makes the result pending, unless the function looks at it itself.
Value Interpreter::CallBuiltin(BuiltinId id, std::span<Value> args, Span span, TypeId type,
                               std::optional<IntRange> range) {
  const BuiltinRow& row = RowOf(id);
  bool pending = false;
  bool secret = false;
  for (const Value& arg : args) {
    bool deep = row.looks == Looks::kInside;
    pending = pending || (deep ? arg.has_pending() : IsPending(arg));
    secret = secret || (deep ? arg.has_secret() : arg.secret());
  }
  if (row.looks == Looks::kAtMarks) {
    pending = false;
    secret = false;
  }
  if (pending) return PendingCall(args, span);
  Call call{*this, args, span, type, range};
  Value result = row.function(call);
  return secret && !failed_ && !result.has_secret() ? result.WithSecret() : result;
}

// Calls what would be called, to see which instances it uses.
Value Interpreter::PendingCall(std::span<Value> args, Span span) {
  Value unknown = PendingOn(args);
  std::vector<std::string> waits = unknown.AsPending().waits_for;
  for (const Value& arg : args) {
    if (!arg.is(ValueKind::kFunction)) continue;
    const Closure& closure = ClosureOf(arg);
    if (closure.kind != Closure::Kind::kLambda) continue;
    size_t count = std::get<LambdaExpr>(model_.exprs[closure.lambda].node).param_count;
    SpeculateWith(waits, [&] {
      Callee callee(*this, arg, count, span);
      for (Value& slot : callee.arguments()) slot = unknown;
      return callee.Run();
    });
  }
  Value result = Value::Pending(std::move(waits));
  return unknown.secret() ? result.WithSecret() : result;
}

}  // namespace opsc::eval
