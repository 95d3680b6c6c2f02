#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/text.h"

namespace opsc::sema {
namespace {

ExprId AddConst(Context& c, Value value, TypeId type, Span span) {
  return Add(c, ConstExpr{std::move(value)}, type, span);
}

ExprId AddNumber(Context& c, const Value& value, Prim prim, Span span, TypeId expected);

// In a place of its own kind a constant is of the place's type, so that a program of many texts has
// few types; elsewhere it keeps its value as its type.
ExprId AddLiteral(Context& c, const Value& value, Prim prim, Span span, TypeId expected) {
  if (!IsNone(expected)) {
    if (c.types().Is(expected, prim)) return AddConst(c, value, expected, span);
    const auto* refined = c.types().As<RefinedType>(expected);
    if (refined && refined->base == c.prim(prim)) return AddNumber(c, value, prim, span, expected);
  }
  return AddConst(c, value, c.types().Intern(LiteralType{value}), span);
}

// A constant whose type has no literal types: refinements are decided here.
ExprId AddNumber(Context& c, const Value& value, Prim prim, Span span, TypeId expected) {
  const auto* refined = IsNone(expected) ? nullptr : c.types().As<RefinedType>(expected);
  if (!refined || refined->base != c.prim(prim)) return AddConst(c, value, c.prim(prim), span);
  if (KeepsTo(value, *refined)) return AddConst(c, value, expected, span);
  c.diags->Add(Diag::kOutOfRange, span, {ToText(value), Show(c, expected)});
  return AddError(c, span);
}

ExprId CheckInt(Context& c, int64_t number, Span span, TypeId expected) {
  bool real = !IsNone(expected) && PrimOf(c, expected) == Prim::kFloat;
  if (!real) return AddLiteral(c, Value::Int(number), Prim::kInt, span, expected);
  return AddNumber(c, Value::Float(static_cast<double>(number)), Prim::kFloat, span, expected);
}

ExprId CheckQuantity(Context& c, const ast::QuantityLit& quantity, Span span, TypeId expected) {
  switch (quantity.unit) {
    case ast::Unit::kDuration:
      return AddNumber(c, Value::Duration(quantity.integer), Prim::kDuration, span, expected);
    case ast::Unit::kSize:
      return AddNumber(c, Value::Size(quantity.integer), Prim::kSize, span, expected);
    case ast::Unit::kRatio:
      return AddNumber(c, Value::Ratio(quantity.number), Prim::kRatio, span, expected);
  }
  return AddError(c, span);
}

// A text in a place that has rules for it.
ExprId AddText(Context& c, const std::string& text, Prim prim, Span span) {
  if (auto problem = TextProblem(prim, text)) {
    c.diags->Add(Diag::kBadText, span, {text, Show(c, c.prim(prim)), *problem});
    return AddError(c, span);
  }
  return AddConst(c, Value::String(text), c.prim(prim), span);
}

bool CanInterpolate(Prim prim) {
  switch (prim) {
    case Prim::kNull:
    case Prim::kBytes:
    case Prim::kFiles:
    case Prim::kTemplate:
      return false;
    default:
      return true;
  }
}

bool InterpolatesAs(Context& c, TypeId type, bool is_template) {
  if (const auto* choice = c.types().As<UnionType>(type)) {
    return std::ranges::all_of(choice->members,
                               [&](TypeId m) { return InterpolatesAs(c, m, is_template); });
  }
  bool file = Fits(c, type, c.prim(Prim::kFile)) == Fit::kYes &&
              !c.types().Is(type, Prim::kNever) && !IsError(c, type);
  if (file) return is_template;
  auto prim = PrimOf(c, type);
  return prim && CanInterpolate(*prim);
}

// Checks a `${…}`; says whether it makes the whole a secret.
bool CheckPart(Context& c, ExprId part, bool is_template) {
  TypeId type = TypeOf(c, part);
  Bare bare = Strip(c, type);
  if (bare.optional) {
    c.diags->Add(Diag::kMaybeNull, SpanOf(c, part), {Show(c, type)}).hint =
        "give it a value with `??`, or test it with `!= null` first";
    return bare.secret;
  }
  if (!InterpolatesAs(c, bare.type, is_template)) {
    Diagnostic& d = c.diags->Add(Diag::kNotInterpolable, SpanOf(c, part), {Show(c, type)});
    d.hint = "take the part that is meant, or all of it as text: `to_json(…)`";
    if (c.types().As<ListType>(bare.type)) d.hint = "a list of strings: use `join(xs, \", \")`";
    if (Fits(c, bare.type, c.prim(Prim::kFile)) == Fit::kYes) {
      d.hint = "where a file lies is known only where it is used: pass the file itself";
    }
  }
  return bare.secret;
}

ExprId CheckInterpolation(Context& c, Env& env, const ast::StringLit& string, Span span,
                          bool is_template) {
  std::vector<ExprId> parts;
  parts.reserve(string.parts.size());
  bool secret = false;
  for (ast::ExprId id : string.parts) {
    ExprId part = CheckExpr(c, env, id);
    secret = CheckPart(c, part, is_template) || secret;
    parts.push_back(part);
  }
  if (is_template) {
    return Add(c, TemplateExpr{string.texts, std::move(parts)}, c.prim(Prim::kTemplate), span);
  }
  TypeId type = c.prim(Prim::kString);
  return Add(c, InterpExpr{string.texts, std::move(parts)}, secret ? MakeSecret(c, type) : type,
             span);
}

}  // namespace

ExprId CheckLiteral(Context& c, Env&, const ast::Expr& expr, TypeId expected) {
  Span span = expr.span;
  return Match(
      expr.node,
      [&](const ast::NullLit&) { return AddConst(c, Value::Null(), c.prim(Prim::kNull), span); },
      [&](const ast::BoolLit& e) {
        return AddLiteral(c, Value::Bool(e.value), Prim::kBool, span, expected);
      },
      [&](const ast::IntLit& e) { return CheckInt(c, e.value, span, expected); },
      [&](const ast::FloatLit& e) {
        return AddNumber(c, Value::Float(e.value), Prim::kFloat, span, expected);
      },
      [&](const ast::QuantityLit& e) { return CheckQuantity(c, e, span, expected); },
      [&](const ast::RegexLit& e) { return AddText(c, e.pattern, Prim::kRegex, span); },
      [&](const auto&) { return AddError(c, span); });
}

ExprId CheckString(Context& c, Env& env, const ast::StringLit& string, Span span, TypeId expected) {
  auto prim = IsNone(expected) ? std::nullopt : PrimOf(c, expected);
  if (prim == Prim::kTemplate) return CheckInterpolation(c, env, string, span, true);
  if (string.parts.empty()) {
    if (prim && IsTextPrim(*prim)) return AddText(c, string.texts[0], *prim, span);
    return AddLiteral(c, Value::String(string.texts[0]), Prim::kString, span, expected);
  }
  ExprId text = CheckInterpolation(c, env, string, span, false);
  if (!prim || !IsTextPrim(*prim)) return text;
  TypeId type = c.prim(*prim);
  if (Strip(c, TypeOf(c, text)).secret) type = MakeSecret(c, type);
  return Add(c, EnsureExpr{text, type}, type, span);
}

}  // namespace opsc::sema
