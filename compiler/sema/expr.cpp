#include "compiler/sema/expr.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"
#include "compiler/sema/narrow.h"

namespace opsc::sema {
namespace {

ExprId Dispatch(Context& c, Env& env, const ast::Expr& expr, TypeId expected) {
  Span span = expr.span;
  return Match(
      expr.node, [&](const ast::StringLit& e) { return CheckString(c, env, e, span, expected); },
      [&](const ast::NameRef& e) { return CheckName(c, env, e, expected); },
      [&](const ast::MemberExpr& e) { return CheckMember(c, env, e, span); },
      [&](const ast::IndexExpr& e) { return CheckIndex(c, env, e, span); },
      [&](const ast::CallExpr& e) { return CheckCall(c, env, e, span, expected); },
      [&](const ast::UnaryExpr& e) { return CheckUnary(c, env, e, span, expected); },
      [&](const ast::BinaryExpr& e) { return CheckBinary(c, env, e, span, expected); },
      [&](const ast::WithExpr& e) { return CheckWith(c, env, e, span, expected); },
      [&](const ast::IfExpr& e) { return CheckIf(c, env, e, span, expected); },
      [&](const ast::MatchExpr& e) { return CheckMatch(c, env, e, span, expected); },
      [&](const ast::LambdaExpr& e) { return CheckLambda(c, env, e, span, expected); },
      [&](const ast::ListLit& e) { return CheckList(c, env, e, span, expected); },
      [&](const ast::ListComp& e) { return CheckListComp(c, env, e, span, expected); },
      [&](const ast::RecordLit& e) { return CheckRecord(c, env, e, span, expected); },
      [&](const ast::RecordComp& e) { return CheckRecordComp(c, env, e, span, expected); },
      [&](const ast::ErrorExpr&) { return AddError(c, span); },
      [&](const auto&) { return CheckLiteral(c, env, expr, expected); });
}

bool HasMember(const Context& c, TypeId type, TypeId member) {
  const auto* choice = c.model->types.As<UnionType>(type);
  return type == member ||
         (choice && std::ranges::find(choice->members, member) != choice->members.end());
}

// Says more than "expected X, got Y" where the reason is known.
void ExplainMismatch(Context& c, Diagnostic& diagnostic, TypeId expected, TypeId got) {
  const auto& types = c.types();
  Bare bare = Strip(c, got);
  if (bare.optional && Fits(c, bare.type, expected) != Fit::kNo) {
    diagnostic.hint = "it may be null: give it a value with `??`, or test it with `!= null` first";
  } else if (HasMember(c, expected, c.prim(Prim::kTemplate)) && PrimOf(c, got) == Prim::kString) {
    diagnostic.hint =
        "only a literal is a template, so that no value becomes shell text; declare it with "
        "`: template` where it is written";
  } else if (const auto* list = types.As<ListType>(expected);
             list && Fits(c, got, list->element) != Fit::kNo) {
    diagnostic.hint = "a list of one is written in brackets: […]";
  } else if (types.Is(got, Prim::kNull)) {
    diagnostic.hint = fmt::format("only an optional type has null: `{}?`", types.Print(expected));
  } else if (types.Is(expected, Prim::kDuration) && PrimOf(c, got) == Prim::kInt) {
    diagnostic.hint = "a duration has a unit: 250ms, 10s, 5min, 2h, 30d";
  } else if (types.Is(expected, Prim::kSize) && PrimOf(c, got) == Prim::kInt) {
    diagnostic.hint = "a size has a unit: 4KB, 4KiB, 2GiB";
  } else if (types.Is(expected, Prim::kRatio) && PrimOf(c, got)) {
    diagnostic.hint = "a ratio is written with its unit: 30%";
  } else if (const auto* literal = types.As<LiteralType>(bare.type);
             literal && PrimOf(c, expected) == Prim::kString && PrimOf(c, got) == Prim::kInt) {
    diagnostic.hint = fmt::format("in quotes it is a string: \"{}\"", ToText(literal->value));
  } else if (types.Is(expected, Prim::kString) && PrimOf(c, bare.type)) {
    diagnostic.hint = "interpolation makes a string of it: \"${…}\"";
  } else if (types.Is(expected, Prim::kFloat) && PrimOf(c, got) == Prim::kInt) {
    diagnostic.hint = "there are no implicit conversions: use `to_float(…)`";
  } else if (types.Is(expected, Prim::kInt) && PrimOf(c, got) == Prim::kFloat) {
    diagnostic.hint = "there are no implicit conversions: use `round(…)`, `floor(…)` or `ceil(…)`";
  } else if (types.Is(expected, Prim::kFile) && PrimOf(c, got) == Prim::kString) {
    diagnostic.hint = "use `file(\"…\")`";
  }
}

bool IsSecretMismatch(Context& c, TypeId expected, TypeId got) {
  if (!ContainsSecret(c, got)) return false;
  if (c.types().Is(expected, Prim::kAny)) return true;
  Bare bare = Strip(c, got);
  return bare.secret && Fits(c, bare.type, expected) != Fit::kNo;
}

bool IsOutOfRange(Context& c, TypeId expected, TypeId got) {
  const auto* refined = c.types().As<RefinedType>(Strip(c, expected).type);
  const auto* literal = c.types().As<LiteralType>(got);
  return refined && literal && Fits(c, got, refined->base) == Fit::kYes;
}

void ReportLiteralChoice(Context& c, Diagnostic& diagnostic, Span span, TypeId expected,
                         TypeId got) {
  const auto* literal = c.types().As<LiteralType>(got);
  const auto* choice = c.types().As<UnionType>(Strip(c, expected).type);
  if (!literal || !choice || !literal->value.is(ValueKind::kString)) return;
  std::vector<std::string> candidates;
  for (TypeId member : choice->members) {
    const auto* other = c.types().As<LiteralType>(member);
    if (other && other->value.is(ValueKind::kString)) {
      candidates.emplace_back(other->value.AsString());
    }
  }
  std::string near = Nearest(literal->value.AsString(), candidates);
  if (near.empty()) return;
  diagnostic.hint = fmt::format("did you mean {}?", Quote(near));
  if (span.valid()) {
    diagnostic.fixes.push_back({span, Quote(near), fmt::format("replace with {}", Quote(near))});
  }
}

// A constant of the source may become a script, also one of several: nothing is pasted into it.
std::optional<ExprId> ConstantTemplate(Context& c, ExprId value, TypeId expected) {
  TypeId type = c.prim(Prim::kTemplate);
  if (!HasMember(c, expected, type)) return std::nullopt;
  TypeId got = TypeOf(c, value);
  Span span = SpanOf(c, value);
  std::vector<TypeId> literals{got};
  if (const auto* choice = c.types().As<UnionType>(got)) literals = choice->members;
  MatchExpr match{value, {}};
  for (TypeId id : literals) {
    const auto* literal = c.types().As<LiteralType>(id);
    if (!literal || !literal->value.is(ValueKind::kString)) return std::nullopt;
    ExprId text = Add(c, TemplateExpr{{std::string(literal->value.AsString())}, {}}, type, span);
    match.arms.push_back({Add(c, ConstExpr{literal->value}, id, span), std::nullopt, text});
  }
  if (match.arms.size() == 1) return match.arms[0].value;
  return Add(c, std::move(match), type, span);
}

}  // namespace

ExprId Add(Context& c, ExprNode node, TypeId type, Span span) {
  return c.model->exprs.Add(Expr{std::move(node), type, span});
}

ExprId AddError(Context& c, Span span) {
  return Add(c, ErrorExpr{}, c.prim(Prim::kError), span);
}

void ReportLeak(Context& c, Span span, TypeId secret, std::string_view into) {
  c.diags->Add(Diag::kSecretLeak, span, {Show(c, secret), into}).hint =
      "only `declassify(value, \"reason\")` makes it visible";
}

void ReportMismatch(Context& c, Span span, TypeId expected, TypeId got) {
  std::string wanted = Show(c, expected);
  if (IsSecretMismatch(c, expected, got)) return ReportLeak(c, span, got, wanted);
  std::string given = Show(c, got);
  if (IsOutOfRange(c, expected, got)) {
    c.diags->Add(Diag::kOutOfRange, span, {given, wanted});
    return;
  }
  Diagnostic& diagnostic = c.diags->Add(Diag::kTypeMismatch, span, {wanted, given});
  ExplainMismatch(c, diagnostic, expected, got);
  ReportLiteralChoice(c, diagnostic, span, expected, got);
}

ExprId Coerce(Context& c, ExprId value, TypeId expected) {
  if (IsNone(expected)) return value;
  TypeId got = TypeOf(c, value);
  switch (Fits(c, got, expected)) {
    case Fit::kYes:
      return value;
    case Fit::kEnsure:
      return Add(c, EnsureExpr{value, expected}, expected, SpanOf(c, value));
    case Fit::kNo:
      break;
  }
  if (auto text = ConstantTemplate(c, value, expected)) return *text;
  Span span = SpanOf(c, value);
  ReportMismatch(c, span, expected, got);
  return AddError(c, span);
}

ExprId CheckExpr(Context& c, Env& env, ast::ExprId id, TypeId expected) {
  const ast::Expr& expr = env.file->exprs[id];
  DepthScope depth(c);
  if (depth.too_deep()) {
    c.diags->Add(Diag::kTooManyNested, expr.span);
    return AddError(c, expr.span);
  }
  TypeId aim = IsNone(expected) ? expected : Aim(c, env, id, expected);
  return Coerce(c, Dispatch(c, env, expr, aim), expected);
}

Checked CheckInFrame(Context& c, const Env& place, ast::ExprId id, TypeId expected) {
  Frame frame;
  Env env = place;
  env.frame = &frame;
  ExprId expr = CheckExpr(c, env, id, expected);
  return {expr, frame.size};
}

Env PlaceAt(Context& c, const ast::File& file, ScopeId scope) {
  std::vector<const ScopeNames*> tested;
  for (ScopeId s = scope; !IsNone(s); s = c.model->scopes[s].parent) {
    if (c.names[s].condition) tested.push_back(&c.names[s]);
  }
  Env env{&file, scope, nullptr, nullptr, {}};
  for (auto it = tested.rbegin(); it != tested.rend(); ++it) {
    const ScopeNames& names = **it;
    Env outside{&file, names.outside, nullptr, nullptr, std::move(env.facts)};
    Assume(c, outside, *names.condition, names.negated ? Outcome::kFalse : Outcome::kTrue);
    env.facts = std::move(outside.facts);
  }
  return env;
}

uint32_t AddLocal(Context& c, Frame& frame, Symbol name, TypeId type, Span declared) {
  uint32_t slot = frame.next++;
  frame.size = std::max(frame.size, frame.next);
  frame.locals.push_back({name, slot, type, c.next_binding++, declared});
  return slot;
}

const Local* FindLocal(const Env& env, Symbol name) {
  if (!env.frame) return nullptr;
  const auto& locals = env.frame->locals;
  for (auto it = locals.rbegin(); it != locals.rend(); ++it) {
    if (it->name == name) return &*it;
  }
  return nullptr;
}

}  // namespace opsc::sema
