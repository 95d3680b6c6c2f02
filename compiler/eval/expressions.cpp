// Expressions: dispatch, operators, choices, text.
#include <fmt/format.h>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/text.h"
#include "runtime/base/check.h"

namespace opsc::eval {
namespace {

// What a condition chose tells as much as the condition.
Value AsSecretAs(const Value& condition, Value chosen) {
  return condition.secret() ? chosen.WithSecret() : chosen;
}

// False: no arithmetic, or it has no result.
bool QuickArithmetic(BinaryOp op, int64_t a, int64_t b, int64_t& out) {
  switch (op) {
    case BinaryOp::kAdd:
      return !__builtin_add_overflow(a, b, &out);
    case BinaryOp::kSub:
      return !__builtin_sub_overflow(a, b, &out);
    case BinaryOp::kMul:
      return !__builtin_mul_overflow(a, b, &out);
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
      if (b == 0 || b == -1) return false;
      out = op == BinaryOp::kDiv ? a / b : a % b;
      return true;
    default:
      return false;
  }
}

bool IsPlainInt(const Value& value) {
  return value.is(ValueKind::kInt) && !value.secret();
}

// The value of a local or constant, where it stands; nullptr: it is something else.
const Value* Standing(const ExprNode& node, const Frame& frame) {
  if (const auto* local = std::get_if<LocalExpr>(&node)) return &frame.slots[local->slot];
  if (const auto* constant = std::get_if<ConstExpr>(&node)) return &constant->value;
  return nullptr;
}

// Most of all operations are on plain ints; nullopt: this is another, or has no result.
std::optional<Value> OfInts(BinaryOp op, int64_t a, int64_t b) {
  switch (op) {
    case BinaryOp::kEq:
      return Value::Bool(a == b);
    case BinaryOp::kNe:
      return Value::Bool(a != b);
    case BinaryOp::kLt:
      return Value::Bool(a < b);
    case BinaryOp::kLe:
      return Value::Bool(a <= b);
    case BinaryOp::kGt:
      return Value::Bool(a > b);
    case BinaryOp::kGe:
      return Value::Bool(a >= b);
    default:
      break;
  }
  int64_t result = 0;
  return QuickArithmetic(op, a, b, result) ? std::optional(Value::Int(result)) : std::nullopt;
}

}  // namespace

Value Interpreter::Eval(ExprId id, Frame& frame) {
  const Expr& expr = model_.exprs[id];
  if (const auto* local = std::get_if<LocalExpr>(&expr.node)) return frame.slots[local->slot];
  if (const auto* constant = std::get_if<ConstExpr>(&expr.node)) return constant->value;
  if (++steps_ > options_.max_steps) [[unlikely]] {
    return Fail(Diag::kTooManySteps, expr.span, {fmt::format("{}", options_.max_steps)});
  }
  if (static_cast<const char*>(__builtin_frame_address(0)) < stack_limit_) [[unlikely]] {
    return Fail(Diag::kTooDeep, expr.span, {"expressions", "the stack has room for"});
  }
  return std::visit([&](const auto& node) { return EvalNode(node, expr, frame); }, expr.node);
}

Value Interpreter::EvalIn(ExprId id, uint32_t frame_size, Activation* activation, Self self) {
  Slots slots(stack_, frame_size);
  Frame frame{slots.data(), activation, self};
  return Eval(id, frame);
}

Value Interpreter::EvalNode(const ConstExpr& e, const Expr&, Frame&) {
  return e.value;
}
Value Interpreter::EvalNode(const LocalExpr& e, const Expr&, Frame& frame) {
  return frame.slots[e.slot];
}

Value Interpreter::EvalNode(const TypeExprValue& e, const Expr&, Frame&) {
  InstanceRep type;
  type.address = model_.types.Print(e.type);
  type.type = kTypeAsValue;
  return Value::Instance(std::move(type));
}

Value Interpreter::EvalNode(const ErrorExpr&, const Expr&, Frame&) {
  FailSilently();  // its error was reported by the checker
  return {};
}

Value Interpreter::EvalNode(const UnaryExpr& e, const Expr& expr, Frame& frame) {
  Value operand = Eval(e.operand, frame);
  if (failed_ || IsPending(operand)) return operand;
  Outcome result = ApplyUnary(e.op, operand);
  return result ? *std::move(result) : Fail(result.error(), expr.span);
}

// Locals and constants are looked at where they stand; everything else is made.
const Value& Interpreter::Operand(ExprId id, Frame& frame, Value& made) {
  if (const Value* standing = Standing(model_.exprs[id].node, frame)) return *standing;
  made = Eval(id, frame);
  return made;
}

// Arithmetic on locals and constants that are plain ints, without a value for each step of it.
// False: it is something else, or has no result; but for the count of steps, nothing has happened.
bool Interpreter::PlainInt(ExprId id, const Frame& frame, int64_t& out) {
  const Expr& expr = model_.exprs[id];
  if (const Value* standing = Standing(expr.node, frame)) {
    if (!IsPlainInt(*standing)) return false;
    out = standing->AsInt();
    return true;
  }
  const auto* inner = std::get_if<BinaryExpr>(&expr.node);
  return inner != nullptr && model_.types.Is(expr.type, Prim::kInt) &&
         PlainArithmetic(*inner, frame, out);
}

bool Interpreter::PlainArithmetic(const BinaryExpr& e, const Frame& frame, int64_t& out) {
  if (++steps_ > options_.max_steps) return false;
  if (static_cast<const char*>(__builtin_frame_address(0)) < stack_limit_) return false;
  int64_t left = 0;
  int64_t right = 0;
  return PlainInt(e.left, frame, left) && PlainInt(e.right, frame, right) &&
         QuickArithmetic(e.op, left, right, out);
}

Value Interpreter::EvalNode(const BinaryExpr& e, const Expr& expr, Frame& frame) {
  if (e.op == BinaryOp::kAnd || e.op == BinaryOp::kOr || e.op == BinaryOp::kCoalesce) {
    return EvalLogic(e, frame);
  }
  uint64_t steps = steps_;
  int64_t a = 0;
  int64_t b = 0;
  if (PlainInt(e.left, frame, a) && PlainInt(e.right, frame, b)) {
    if (auto made = OfInts(e.op, a, b)) return *std::move(made);
  }
  steps_ = steps;
  Value left_made;
  Value right_made;
  const Value& left = Operand(e.left, frame, left_made);
  if (failed_) return {};
  const Value& right = Operand(e.right, frame, right_made);
  if (failed_) return {};
  if (IsPlainInt(left) && IsPlainInt(right)) {
    if (auto made = OfInts(e.op, left.AsInt(), right.AsInt())) return *std::move(made);
  }
  return Combine(e, expr, left, right);
}

Value Interpreter::Combine(const BinaryExpr& e, const Expr& expr, const Value& left,
                           const Value& right) {
  bool looks_inside = e.op == BinaryOp::kEq || e.op == BinaryOp::kNe || e.op == BinaryOp::kIn;
  bool pending = IsPending(left) || IsPending(right) ||
                 (looks_inside && (left.has_pending() || right.has_pending()));
  if (pending) return PendingOn({left, right});
  if (e.op == BinaryOp::kRange) return RangeOf(left, right, expr.span);
  Outcome result = ApplyBinary(e.op, left, right, over_rows() ? Floats::kIeee : Floats::kFinite);
  return result ? Checked(*std::move(result), expr.span) : Fail(result.error(), expr.span);
}

Value Interpreter::PendingBranches(const Value& condition, std::initializer_list<ExprId> branches,
                                   Frame& frame) {
  std::vector<std::string> waits;
  AddWaits(condition, waits);
  for (ExprId branch : branches) SpeculateWith(waits, [&] { return Eval(branch, frame); });
  Value pending = Value::Pending(std::move(waits));
  return AsSecretAs(condition, std::move(pending));
}

Value Interpreter::EvalLogic(const BinaryExpr& e, Frame& frame) {
  Value left = Eval(e.left, frame);
  if (failed_) return {};
  if (IsPending(left)) return PendingBranches(left, {e.right}, frame);
  switch (e.op) {
    case BinaryOp::kAnd:
      return left.AsBool() ? AsSecretAs(left, Eval(e.right, frame)) : left;
    case BinaryOp::kOr:
      return left.AsBool() ? left : AsSecretAs(left, Eval(e.right, frame));
    default:
      return left.is_null() ? Eval(e.right, frame) : left;
  }
}

// Both ends are part of a range; one that runs backwards is empty.
Value Interpreter::RangeOf(const Value& low, const Value& high, Span span) {
  if (high.AsInt() < low.AsInt()) return Value::List({});
  auto count = static_cast<uint64_t>(high.AsInt()) - static_cast<uint64_t>(low.AsInt());
  if (count >= options_.max_elements) return TooManyElements(span);
  return Value::Ints(low.AsInt(), count + 1);
}

Value Interpreter::EvalNode(const IfExpr& e, const Expr&, Frame& frame) {
  Value condition = Eval(e.condition, frame);
  if (failed_) return {};
  if (IsPending(condition)) return PendingBranches(condition, {e.then, e.otherwise}, frame);
  return AsSecretAs(condition, Eval(condition.AsBool() ? e.then : e.otherwise, frame));
}

bool Interpreter::Matches(const MatchArm& arm, const Value& subject, Frame& frame) {
  if (arm.type_test) return ensurer_.Fits(subject, *arm.type_test);
  if (!arm.pattern) return true;
  Value pattern = Eval(*arm.pattern, frame);
  return !failed_ && pattern == subject;
}

Value Interpreter::EvalNode(const MatchExpr& e, const Expr&, Frame& frame) {
  Value subject = Eval(e.subject, frame);
  if (failed_) return {};
  if (IsPending(subject)) {
    std::vector<std::string> waits;
    AddWaits(subject, waits);
    for (const MatchArm& arm : e.arms) {
      SpeculateWith(waits, [&] { return Eval(arm.value, frame); });
    }
    Value pending = Value::Pending(std::move(waits));
    return AsSecretAs(subject, std::move(pending));
  }
  for (const MatchArm& arm : e.arms) {
    bool matches = Matches(arm, subject, frame);
    if (failed_) return {};
    if (matches) return AsSecretAs(subject, Eval(arm.value, frame));
  }
  OPS_CHECK(false, "a match that the checker took for exhaustive");
  return {};
}

Value Interpreter::EvalNode(const InterpExpr& e, const Expr&, Frame& frame) {
  std::string text = e.texts[0];
  std::vector<std::string> waits;
  bool pending = false;
  bool secret = false;
  for (size_t i = 0; i < e.parts.size(); ++i) {
    Value part = Eval(e.parts[i], frame);
    if (failed_) return {};
    secret = secret || part.has_secret();
    if (part.has_pending()) {
      pending = true;
      AddWaits(part, waits);
    } else {
      auto shown = TextOf(part);
      if (!shown) return Fail(shown.error(), model_.exprs[e.parts[i]].span);
      text += *shown;
    }
    text += e.texts[i + 1];
  }
  Value result = pending ? Value::Pending(std::move(waits)) : Value::String(text);
  return secret ? result.WithSecret() : result;
}

Value Interpreter::EvalNode(const TemplateExpr& e, const Expr& expr, Frame& frame) {
  TemplateRep rep;
  rep.texts = e.texts;
  for (ExprId part : e.parts) {
    Value hole = AsFileValue(Eval(part, frame));
    if (failed_) return {};
    rep.holes.push_back(std::move(hole));
  }
  return Checked(Value::Template(std::move(rep)), expr.span);
}

Value Interpreter::EvalNode(const EnsureExpr& e, const Expr& expr, Frame& frame) {
  Value value = Eval(e.value, frame);
  if (failed_) return {};
  return ensurer_.Ensure(value, e.type, expr.span);
}

}  // namespace opsc::eval
