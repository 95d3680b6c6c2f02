// Operators over rows: the same choices by type as compiler/eval/operators.cpp makes by value.
#include <algorithm>

#include "compiler/kernel/lowering.h"

namespace opsc::kernel {
namespace {

bool IsReal(ColumnType type) {
  return IsFloat(type);
}
bool IsAmount(ColumnType type) {
  return type == ColumnType::kDuration || type == ColumnType::kSize;
}
bool IsNumber(ColumnType type) {
  return IsReal(type) || type == ColumnType::kInt;
}

std::optional<Scalar> Wrong(Lowering& l, ExprId at) {
  Refuse(l, at, "an operator between these types");
  return std::nullopt;
}

NodeId AsFloat(Builder& b, const Scalar& number) {
  return IsReal(number.type) ? number.value : b.Make(Op::kToFloat, {number.value});
}

std::optional<Scalar> Add(Lowering& l, const Scalar& a, const Scalar& b, ExprId at) {
  Builder& builder = l.builder();
  if (a.type == ColumnType::kString && b.type == a.type) {
    return Scalar{a.type, builder.Make(Op::kConcat, {a.value, b.value})};
  }
  if (IsReal(a.type) && IsReal(b.type)) {
    ColumnType type = a.type == b.type ? a.type : ColumnType::kFloat;
    return Scalar{type, builder.Make(Op::kAdd, {a.value, b.value})};
  }
  bool time = a.type == ColumnType::kTime || b.type == ColumnType::kTime;
  bool shifted = time && (a.type == ColumnType::kDuration || b.type == ColumnType::kDuration);
  bool same = a.type == b.type && (a.type == ColumnType::kInt || IsAmount(a.type));
  if (!shifted && !same) return Wrong(l, at);
  return Scalar{shifted ? ColumnType::kTime : a.type,
                builder.Make(Op::kAddInt, {a.value, b.value})};
}

std::optional<Scalar> Subtract(Lowering& l, const Scalar& a, const Scalar& b, ExprId at) {
  Builder& builder = l.builder();
  if (IsReal(a.type) && IsReal(b.type)) {
    ColumnType type = a.type == b.type ? a.type : ColumnType::kFloat;
    return Scalar{type, builder.Make(Op::kSub, {a.value, b.value})};
  }
  ColumnType type = a.type;
  if (a.type == ColumnType::kTime && b.type == ColumnType::kTime) {
    type = ColumnType::kDuration;
  } else if (!(a.type == ColumnType::kTime && b.type == ColumnType::kDuration) &&
             !(a.type == b.type && (a.type == ColumnType::kInt || IsAmount(a.type)))) {
    return Wrong(l, at);
  }
  return Scalar{type, builder.Make(Op::kSubInt, {a.value, b.value})};
}

// An amount times a number.
Scalar Scaled(Builder& builder, const Scalar& amount, const Scalar& by) {
  bool whole = by.type == ColumnType::kInt;
  return {amount.type, builder.Make(whole ? Op::kMulInt : Op::kScale, {amount.value, by.value})};
}

std::optional<Scalar> Multiply(Lowering& l, const Scalar& a, const Scalar& b, ExprId at) {
  Builder& builder = l.builder();
  if (a.type == ColumnType::kInt && b.type == ColumnType::kInt) {
    return Scalar{a.type, builder.Make(Op::kMulInt, {a.value, b.value})};
  }
  if (IsAmount(a.type) && IsNumber(b.type)) return Scaled(builder, a, b);
  if (IsNumber(a.type) && IsAmount(b.type)) return Scaled(builder, b, a);
  if (!IsNumber(a.type) || !IsNumber(b.type)) return Wrong(l, at);
  bool ratio = a.type == ColumnType::kRatio && b.type == ColumnType::kRatio;
  return Scalar{ratio ? ColumnType::kRatio : ColumnType::kFloat,
                builder.Make(Op::kMul, {AsFloat(builder, a), AsFloat(builder, b)})};
}

std::optional<Scalar> DivideAmount(Lowering& l, bool rest, const Scalar& a, const Scalar& b,
                                   ExprId at) {
  Builder& builder = l.builder();
  if (a.type == b.type && rest) {
    return Scalar{a.type, builder.Make(Op::kModInt, {a.value, b.value})};
  }
  if (a.type == b.type) {
    NodeId left = builder.Make(Op::kToFloat, {a.value});
    NodeId right = builder.Make(Op::kToFloat, {b.value});
    return Scalar{ColumnType::kFloat, builder.Make(Op::kDiv, {left, right})};
  }
  if (!IsNumber(b.type) || rest) return Wrong(l, at);
  if (b.type == ColumnType::kInt) {
    return Scalar{a.type, builder.Make(Op::kDivInt, {a.value, b.value})};
  }
  NodeId factor = builder.Make(Op::kDiv, {builder.Constant(1.0), b.value});
  return Scalar{a.type, builder.Make(Op::kScale, {a.value, factor})};
}

std::optional<Scalar> Divide(Lowering& l, bool rest, const Scalar& a, const Scalar& b, ExprId at) {
  Builder& builder = l.builder();
  if (a.type == ColumnType::kInt && b.type == ColumnType::kInt) {
    return Scalar{a.type, builder.Make(rest ? Op::kModInt : Op::kDivInt, {a.value, b.value})};
  }
  if (IsAmount(a.type)) return DivideAmount(l, rest, a, b, at);
  if (!IsNumber(a.type) || !IsNumber(b.type)) return Wrong(l, at);
  bool ratio = a.type == ColumnType::kRatio && b.type == ColumnType::kInt;
  return Scalar{
      ratio ? ColumnType::kRatio : ColumnType::kFloat,
      builder.Make(rest ? Op::kMod : Op::kDiv, {AsFloat(builder, a), AsFloat(builder, b)})};
}

std::optional<NodeId> EqualScalars(Lowering& l, const Scalar& a, const Scalar& b) {
  if (TypeOf(a.type) != TypeOf(b.type)) return l.builder().Constant(false);
  Builder& builder = l.builder();
  NodeId same = kNone<NodeId>;
  switch (TypeOf(a.type)) {
    case Type::kBool:
      same = builder.Make(Op::kEqBool, {a.value, b.value});
      break;
    case Type::kInt:
      if (a.type != b.type) return builder.Constant(false);
      same = builder.Make(Op::kEqInt, {a.value, b.value});
      break;
    case Type::kFloat:
      same = builder.Make(Op::kEq, {a.value, b.value});
      break;
    case Type::kText:
      same = builder.Make(Op::kEqText, {a.value, b.value});
      break;
  }
  NodeId both = builder.And(a.present, b.present);
  if (IsNone(both)) return same;
  NodeId equal = builder.And(both, same);
  if (IsNone(a.present) || IsNone(b.present)) return equal;
  return builder.Or(equal, builder.And(builder.Not(a.present), builder.Not(b.present)));
}

// Is the value one of the constants?
std::optional<NodeId> OneOf(Lowering& l, const Lowered& value, std::span<const Value> items,
                            ExprId at) {
  NodeId any = l.builder().Constant(false);
  for (const Value& item : items) {
    auto same = Equal(l, value, Known{item}, at);
    if (!same) return std::nullopt;
    any = l.builder().Or(any, *same);
  }
  return any;
}

Lowered LowerIn(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at) {
  Lowered value = LowerExpr(l, place, binary.left);
  if (IsBroken(value)) return value;
  const auto* range = std::get_if<BinaryExpr>(&l.model().exprs[binary.right].node);
  if (range != nullptr && range->op == BinaryOp::kRange) {
    auto number = PresentOf(l, value, binary.left);
    auto low = LowerScalar(l, place, range->left);
    auto high = LowerScalar(l, place, range->right);
    if (!number || !low || !high) return Broken{};
    Builder& b = l.builder();
    NodeId above = b.Make(Op::kLeInt, {low->value, number->value});
    NodeId below = b.Make(Op::kLeInt, {number->value, high->value});
    return Scalar{ColumnType::kBool, b.And(above, below)};
  }
  Lowered container = LowerExpr(l, place, binary.right);
  const auto* known = std::get_if<Known>(&container);
  std::vector<Value> items;
  if (known != nullptr && known->value.is(ValueKind::kList)) {
    items.assign(known->value.AsList().begin(), known->value.AsList().end());
  } else if (known != nullptr && known->value.is(ValueKind::kRecord)) {
    for (const auto& [name, unused] : known->value.AsRecord()) {
      items.push_back(Value::String(name.text()));
    }
  } else {
    return IsBroken(container) ? container
                               : Refuse(l, at, "`in` a list that differs from row to row");
  }
  auto any = OneOf(l, value, items, at);
  return any ? Lowered(Scalar{ColumnType::kBool, *any}) : Lowered(Broken{});
}

Lowered LowerLogic(Lowering& l, Place& place, const BinaryExpr& binary) {
  Builder& b = l.builder();
  auto left = LowerCondition(l, place, binary.left);
  if (!left) return Broken{};
  bool both = binary.op == BinaryOp::kAnd;
  GuardScope guard(b, both ? *left : b.Not(*left));
  auto right = LowerCondition(l, place, binary.right);
  if (!right) return Broken{};
  return Scalar{ColumnType::kBool, both ? b.And(*left, *right) : b.Or(*left, *right)};
}

Lowered LowerCoalesce(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at) {
  Lowered left = LowerExpr(l, place, binary.left);
  if (IsBroken(left)) return left;
  if (IsNull(left)) return LowerExpr(l, place, binary.right);
  const auto* scalar = std::get_if<Scalar>(&left);
  bool always = scalar == nullptr || IsNone(scalar->present);
  NodeId present = always ? l.builder().Constant(true) : scalar->present;
  GuardScope guard(l.builder(), l.builder().Not(present));
  Lowered right = LowerExpr(l, place, binary.right);
  if (IsBroken(right) || always) return IsBroken(right) ? right : left;
  Scalar there{scalar->type, scalar->value};
  return Choose(l, present, there, right, at);
}

Lowered Compared(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at) {
  auto left = PresentOf(l, LowerExpr(l, place, binary.left), binary.left);
  auto right = PresentOf(l, LowerExpr(l, place, binary.right), binary.right);
  if (!left || !right) return Broken{};
  if (TypeOf(left->type) != TypeOf(right->type) || left->type == ColumnType::kBool) {
    Refuse(l, at, "an order of these types");
    return Broken{};
  }
  bool swapped = binary.op == BinaryOp::kGt || binary.op == BinaryOp::kGe;
  if (swapped) std::swap(*left, *right);
  bool strict = binary.op == BinaryOp::kLt || binary.op == BinaryOp::kGt;
  constexpr Op kStrict[] = {Op::kEqBool, Op::kLtInt, Op::kLt, Op::kLtText};
  constexpr Op kOrEqual[] = {Op::kEqBool, Op::kLeInt, Op::kLe, Op::kLeText};
  auto type = static_cast<size_t>(TypeOf(left->type));
  Op op = strict ? kStrict[type] : kOrEqual[type];
  return Scalar{ColumnType::kBool, l.builder().Make(op, {left->value, right->value})};
}

Lowered LowerEquality(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at) {
  Lowered left = LowerExpr(l, place, binary.left);
  Lowered right = LowerExpr(l, place, binary.right);
  if (IsBroken(left) || IsBroken(right)) return Broken{};
  auto same = Equal(l, left, right, at);
  if (!same) return Broken{};
  NodeId node = binary.op == BinaryOp::kEq ? *same : l.builder().Not(*same);
  return Scalar{ColumnType::kBool, node};
}

}  // namespace

std::optional<Scalar> Arithmetic(Lowering& l, BinaryOp op, const Scalar& a, const Scalar& b,
                                 ExprId at) {
  switch (op) {
    case BinaryOp::kAdd:
      return Add(l, a, b, at);
    case BinaryOp::kSub:
      return Subtract(l, a, b, at);
    case BinaryOp::kMul:
      return Multiply(l, a, b, at);
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
      return Divide(l, op == BinaryOp::kMod, a, b, at);
    default:
      return Wrong(l, at);
  }
}

std::optional<NodeId> Equal(Lowering& l, const Lowered& a, const Lowered& b, ExprId at) {
  if (IsNull(a) && IsNull(b)) return l.builder().Constant(true);
  if (IsNull(a) || IsNull(b)) {
    const Lowered& other = IsNull(a) ? b : a;
    const auto* window = std::get_if<std::shared_ptr<const WindowOf>>(&other);
    if (window != nullptr && (*window)->one) {
      auto there = IsThere(l, **window, at);
      return there ? std::optional(l.builder().Not(*there)) : std::nullopt;
    }
    const auto* scalar = std::get_if<Scalar>(&other);
    if (scalar == nullptr || IsNone(scalar->present)) return l.builder().Constant(false);
    return l.builder().Not(scalar->present);
  }
  auto left = ScalarOf(l, a, at);
  auto right = ScalarOf(l, b, at);
  if (!left || !right) return std::nullopt;
  return EqualScalars(l, *left, *right);
}

std::optional<NodeId> Less(Lowering& l, const Scalar& a, const Scalar& b, ExprId at) {
  constexpr Op kLess[] = {Op::kEqBool, Op::kLtInt, Op::kLt, Op::kLtText};
  if (TypeOf(a.type) != TypeOf(b.type) || a.type == ColumnType::kBool) {
    Refuse(l, at, "an order of these types");
    return std::nullopt;
  }
  return l.builder().Make(kLess[static_cast<size_t>(TypeOf(a.type))], {a.value, b.value});
}

Lowered LowerBinary(Lowering& l, Place& place, const BinaryExpr& binary, ExprId at) {
  switch (binary.op) {
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
      return LowerLogic(l, place, binary);
    case BinaryOp::kCoalesce:
      return LowerCoalesce(l, place, binary, at);
    case BinaryOp::kIn:
      return LowerIn(l, place, binary, at);
    case BinaryOp::kEq:
    case BinaryOp::kNe:
      return LowerEquality(l, place, binary, at);
    case BinaryOp::kLt:
    case BinaryOp::kLe:
    case BinaryOp::kGt:
    case BinaryOp::kGe:
      return Compared(l, place, binary, at);
    default:
      break;
  }
  auto left = PresentOf(l, LowerExpr(l, place, binary.left), binary.left);
  auto right = PresentOf(l, LowerExpr(l, place, binary.right), binary.right);
  if (!left || !right) return Broken{};
  auto result = Arithmetic(l, binary.op, *left, *right, at);
  return result ? Lowered(*result) : Lowered(Broken{});
}

Lowered LowerUnary(Lowering& l, Place& place, const UnaryExpr& unary, ExprId at) {
  auto operand = PresentOf(l, LowerExpr(l, place, unary.operand), unary.operand);
  if (!operand) return Broken{};
  Builder& b = l.builder();
  if (unary.op == UnaryOp::kNot) return Scalar{ColumnType::kBool, b.Not(operand->value)};
  switch (TypeOf(operand->type)) {
    case Type::kInt:
      return Scalar{operand->type, b.Make(Op::kNegInt, {operand->value})};
    case Type::kFloat:
      return Scalar{operand->type, b.Make(Op::kNeg, {operand->value})};
    default:
      return Refuse(l, at, "`-` of this");
  }
}

}  // namespace opsc::kernel
