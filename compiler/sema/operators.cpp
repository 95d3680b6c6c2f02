#include <algorithm>
#include <limits>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/narrow.h"
#include "compiler/sema/operator_table.h"

namespace opsc::sema {
namespace {

using Op = BinaryOp;

// Two checked operands, and what is below their marks.
struct Operands {
  Op op;
  ExprId left;
  ExprId right;
  Span span;
  Bare a;
  Bare b;
};

ExprId Finish(Context& c, const Operands& o, TypeId type) {
  bool secret = o.a.secret || o.b.secret;
  return Add(c, BinaryExpr{o.op, o.left, o.right}, secret ? MakeSecret(c, type) : type, o.span);
}

ExprId ReportOperands(Context& c, const Operands& o) {
  auto left = PrimOf(c, o.a.type);
  auto right = PrimOf(c, o.b.type);
  bool units = left && right && *left != *right && (HasUnit(*left) || HasUnit(*right)) &&
               *left != Prim::kString && *right != Prim::kString;
  Diagnostic& d =
      c.diags->Add(units ? Diag::kUnitMismatch : Diag::kBadOperands, o.span,
                   {NameOf(o.op), Show(c, TypeOf(c, o.left)), Show(c, TypeOf(c, o.right))});
  d.related.push_back({SpanOf(c, o.left), Show(c, TypeOf(c, o.left))});
  d.related.push_back({SpanOf(c, o.right), Show(c, TypeOf(c, o.right))});
  if (o.a.optional || o.b.optional) {
    d.hint = "one side may be null: give it a value with `??`, or test it with `!= null` first";
  } else if (left == Prim::kString || right == Prim::kString) {
    d.hint = "interpolation makes a string of a value: \"${…}\"";
  } else if (left != right && (left == Prim::kFloat || right == Prim::kFloat)) {
    d.hint =
        "there are no implicit conversions: use `to_float(…)`, `round(…)`, `floor(…)` or `ceil(…)`";
  }
  return AddError(c, o.span);
}

bool IsDynamic(const Context& c, TypeId type) {
  return c.model->types.Is(type, Prim::kAny);
}

ExprId CheckArithmetic(Context& c, const Operands& o) {
  if (IsDynamic(c, o.a.type) || IsDynamic(c, o.b.type)) return Finish(c, o, c.prim(Prim::kAny));
  auto left = PrimOf(c, o.a.type);
  auto right = PrimOf(c, o.b.type);
  if (left && right && !o.a.optional && !o.b.optional) {
    if (auto result = ResultOf(o.op, *left, *right)) return Finish(c, o, c.prim(*result));
  }
  bool lists = c.types().As<ListType>(o.a.type) && c.types().As<ListType>(o.b.type);
  if (o.op == Op::kAdd && lists && !o.a.optional && !o.b.optional) {
    return Finish(c, o, JoinAll(c, {o.a.type, o.b.type}));
  }
  return ReportOperands(c, o);
}

ExprId CheckOrder(Context& c, const Operands& o) {
  auto left = PrimOf(c, o.a.type);
  bool dynamic = IsDynamic(c, o.a.type) || IsDynamic(c, o.b.type);
  bool fits =
      left && left == PrimOf(c, o.b.type) && IsOrdered(*left) && !o.a.optional && !o.b.optional;
  return fits || dynamic ? Finish(c, o, c.prim(Prim::kBool)) : ReportOperands(c, o);
}

ExprId CheckRange(Context& c, const Operands& o) {
  bool fits = PrimOf(c, o.a.type) == Prim::kInt && PrimOf(c, o.b.type) == Prim::kInt &&
              !o.a.optional && !o.b.optional;
  if (!fits) return ReportOperands(c, o);
  return Finish(c, o, c.types().Intern(ListType{c.prim(Prim::kInt)}));
}

// Have the two types a value in common?
bool Overlap(Context& c, TypeId a, TypeId b) {
  if (Fits(c, a, b) != Fit::kNo || Fits(c, b, a) != Fit::kNo) return true;
  for (auto [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    const auto* choice = c.types().As<UnionType>(one);
    if (!choice) continue;
    return std::ranges::any_of(choice->members, [&](TypeId m) { return Overlap(c, m, other); });
  }
  const auto* xs = c.types().As<ListType>(a);
  const auto* ys = c.types().As<ListType>(b);
  if (xs && ys) return Overlap(c, xs->element, ys->element);
  TypeId wide_a = Widen(c, a);
  TypeId wide_b = Widen(c, b);
  bool literals = c.types().As<LiteralType>(a) && c.types().As<LiteralType>(b);
  return wide_a == wide_b && !literals;
}

ExprId CheckEquality(Context& c, const Operands& o) {
  auto null = [&](const Bare& bare) { return c.types().Is(bare.type, Prim::kNull); };
  bool nulls = (null(o.a) && (o.b.optional || null(o.b))) || (null(o.b) && o.a.optional) ||
               (o.a.optional && o.b.optional);
  if (nulls || Overlap(c, o.a.type, o.b.type)) return Finish(c, o, c.prim(Prim::kBool));
  auto left = PrimOf(c, o.a.type);
  auto right = PrimOf(c, o.b.type);
  if (left && right && *left != *right && (HasUnit(*left) || HasUnit(*right))) {
    return ReportOperands(c, o);
  }
  std::string a = Show(c, TypeOf(c, o.left));
  std::string b = Show(c, TypeOf(c, o.right));
  Diagnostic& d = c.diags->Add(Diag::kNeverEqual, o.span, {a, b});
  d.related.push_back({SpanOf(c, o.left), a});
  d.related.push_back({SpanOf(c, o.right), b});
  return AddError(c, o.span);
}

ExprId CheckIn(Context& c, const Operands& o) {
  if (IsDynamic(c, o.b.type)) return Finish(c, o, c.prim(Prim::kBool));
  const auto* list = c.types().As<ListType>(o.b.type);
  bool in_list = list && !o.b.optional && Overlap(c, o.a.type, Strip(c, list->element).type);
  bool in_map =
      c.types().As<MapType>(o.b.type) && !o.b.optional && PrimOf(c, o.a.type) == Prim::kString;
  return in_list || in_map ? Finish(c, o, c.prim(Prim::kBool)) : ReportOperands(c, o);
}

ExprId CheckOperands(Context& c, Operands o) {
  o.a = Strip(c, TypeOf(c, o.left));
  o.b = Strip(c, TypeOf(c, o.right));
  if (IsError(c, o.a.type) || IsError(c, o.b.type)) return AddError(c, o.span);
  switch (o.op) {
    case Op::kRange:
      return CheckRange(c, o);
    case Op::kEq:
    case Op::kNe:
      return CheckEquality(c, o);
    case Op::kLt:
    case Op::kLe:
    case Op::kGt:
    case Op::kGe:
      return CheckOrder(c, o);
    case Op::kIn:
      return CheckIn(c, o);
    default:
      return CheckArithmetic(c, o);
  }
}

bool IsIntLiteral(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  const auto* unary = std::get_if<ast::UnaryExpr>(&node);
  return unary ? IsIntLiteral(file, unary->operand) : std::holds_alternative<ast::IntLit>(node);
}

bool IsText(const ast::File& file, ast::ExprId id) {
  return std::holds_alternative<ast::StringLit>(file.exprs[id].node);
}

// A literal operand takes the type of the other side: an int literal beside a float is a float, a
// string literal beside a semver is a semver.
TypeId AimBeside(Context& c, const ast::File& file, ast::ExprId literal, ExprId other, Op op) {
  bool scales = op == Op::kMul || op == Op::kDiv || op == Op::kIn;
  auto prim = PrimOf(c, Strip(c, TypeOf(c, other)).type);
  if (!prim) return kNone<TypeId>;
  if (*prim == Prim::kFloat && IsIntLiteral(file, literal)) return c.prim(Prim::kFloat);
  bool text = *prim == Prim::kUrl || *prim == Prim::kPath || *prim == Prim::kSemver;
  if (text && !scales && IsText(file, literal)) return c.prim(*prim);
  return kNone<TypeId>;
}

ExprId CheckLogic(Context& c, Env& env, const ast::BinaryExpr& binary, Span span, TypeId boolean) {
  bool both = binary.op == ast::BinaryOp::kAnd;
  ExprId left = CheckExpr(c, env, binary.left, boolean);
  FactScope facts(env);
  Assume(c, env, binary.left, both ? Outcome::kTrue : Outcome::kFalse);
  ExprId right = CheckExpr(c, env, binary.right, boolean);
  return Add(c, BinaryExpr{OpOf(binary.op), left, right}, boolean, span);
}

ExprId CheckCoalesce(Context& c, Env& env, const ast::BinaryExpr& binary, Span span,
                     TypeId expected) {
  TypeId wanted = IsNone(expected) ? expected : MakeOptional(c, expected);
  ExprId left = CheckExpr(c, env, binary.left, wanted);
  TypeId type = TypeOf(c, left);
  Bare bare = Strip(c, type);
  TypeId present = bare.secret ? MakeSecret(c, bare.type) : bare.type;
  bool only_null = c.types().Is(bare.type, Prim::kNull);
  ExprId right = CheckExpr(c, env, binary.right, expected);
  if (IsError(c, type) || IsError(c, TypeOf(c, right))) return AddError(c, span);
  TypeId both = only_null ? TypeOf(c, right) : Join(c, present, TypeOf(c, right));
  if (IsNone(both) && !IsNone(expected)) both = expected;
  if (IsNone(both)) {
    c.diags->Add(Diag::kDifferentBranches, span, {Show(c, present), Show(c, TypeOf(c, right))});
    return AddError(c, span);
  }
  return Add(c, BinaryExpr{Op::kCoalesce, left, right}, both, span);
}

}  // namespace

ExprId CheckBinary(Context& c, Env& env, const ast::BinaryExpr& binary, Span span,
                   TypeId expected) {
  switch (binary.op) {
    case ast::BinaryOp::kAnd:
    case ast::BinaryOp::kOr:
      return CheckLogic(c, env, binary, span, c.prim(Prim::kBool));
    case ast::BinaryOp::kCoalesce:
      return CheckCoalesce(c, env, binary, span, expected);
    default:
      break;
  }
  Op op = OpOf(binary.op);
  // Arithmetic on literals alone takes the expected float.
  bool literals = IsIntLiteral(*env.file, binary.left) && IsIntLiteral(*env.file, binary.right);
  bool real = literals && !IsNone(expected) && PrimOf(c, expected) == Prim::kFloat;
  TypeId aim = real ? c.prim(Prim::kFloat) : kNone<TypeId>;
  bool left_first = !IsIntLiteral(*env.file, binary.left) && !IsText(*env.file, binary.left);
  if (left_first || real) {
    ExprId left = CheckExpr(c, env, binary.left, aim);
    TypeId beside = real ? aim : AimBeside(c, *env.file, binary.right, left, op);
    ExprId right = CheckExpr(c, env, binary.right, beside);
    return CheckOperands(c, {op, left, right, span, {}, {}});
  }
  ExprId right = CheckExpr(c, env, binary.right, aim);
  TypeId beside = op == Op::kIn ? kNone<TypeId> : AimBeside(c, *env.file, binary.left, right, op);
  ExprId left = CheckExpr(c, env, binary.left, beside);
  return CheckOperands(c, {op, left, right, span, {}, {}});
}

ExprId CheckUnary(Context& c, Env& env, const ast::UnaryExpr& unary, Span span, TypeId expected) {
  if (unary.op == ast::UnaryOp::kNot) {
    ExprId operand = CheckExpr(c, env, unary.operand, c.prim(Prim::kBool));
    return Add(c, UnaryExpr{UnaryOp::kNot, operand}, c.prim(Prim::kBool), span);
  }
  bool literal = IsIntLiteral(*env.file, unary.operand);
  bool real = literal && !IsNone(expected) && PrimOf(c, expected) == Prim::kFloat;
  ExprId operand = CheckExpr(c, env, unary.operand, real ? c.prim(Prim::kFloat) : kNone<TypeId>);
  // The negative of a constant is a constant.
  if (const auto* constant = std::get_if<ConstExpr>(&c.model->exprs[operand].node)) {
    if (constant->value.is(ValueKind::kInt) &&
        constant->value.AsInt() != std::numeric_limits<int64_t>::min()) {
      Value value = Value::Int(-constant->value.AsInt());
      return Add(c, ConstExpr{value}, c.types().Intern(LiteralType{value}), span);
    }
    if (constant->value.is(ValueKind::kFloat)) {
      return Add(c, ConstExpr{Value::Float(-constant->value.AsFloat())}, c.prim(Prim::kFloat),
                 span);
    }
  }
  TypeId type = TypeOf(c, operand);
  Bare bare = Strip(c, type);
  if (IsError(c, bare.type)) return AddError(c, span);
  auto prim = PrimOf(c, bare.type);
  bool fits = prim == Prim::kInt || prim == Prim::kFloat || prim == Prim::kRatio ||
              prim == Prim::kDuration || prim == Prim::kSize || prim == Prim::kAny;
  if (!fits || bare.optional) {
    c.diags->Add(Diag::kBadOperand, span, {"-", Show(c, type)});
    return AddError(c, span);
  }
  TypeId result = c.prim(*prim);
  return Add(c, UnaryExpr{UnaryOp::kNegate, operand}, bare.secret ? MakeSecret(c, result) : result,
             span);
}

}  // namespace opsc::sema
