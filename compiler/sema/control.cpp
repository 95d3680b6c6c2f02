#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"
#include "compiler/sema/narrow.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

// The one type of all branches: what is expected, or what they have in common.
TypeId TypeOfBranches(Context& c, const std::vector<ExprId>& values, TypeId expected) {
  if (!IsNone(expected)) return expected;
  TypeId type = TypeOf(c, values[0]);
  for (size_t i = 1; i < values.size(); ++i) {
    TypeId both = Join(c, type, TypeOf(c, values[i]));
    if (IsNone(both)) {
      Diagnostic& d = c.diags->Add(Diag::kDifferentBranches, SpanOf(c, values[i]),
                                   {Show(c, type), Show(c, TypeOf(c, values[i]))});
      d.related.push_back({SpanOf(c, values[0]), Show(c, TypeOf(c, values[0]))});
      return c.prim(Prim::kError);
    }
    type = both;
  }
  return type;
}

// What a secret chooses is a secret: it tells what the secret is.
TypeId TypeOfChosen(Context& c, ExprId by, TypeId type) {
  return Strip(c, TypeOf(c, by)).secret ? MakeSecret(c, type) : type;
}

// A condition: a bool, which may be a secret.
ExprId CheckCondition(Context& c, Env& env, ast::ExprId condition) {
  return CheckExpr(c, env, condition, MakeSecret(c, c.prim(Prim::kBool)));
}

// The cases of a type that a match has to cover; empty: it needs an `else`.
std::vector<TypeId> CasesOf(Context& c, TypeId type) {
  Bare bare = Strip(c, type);
  std::vector<TypeId> cases;
  if (c.types().Is(bare.type, Prim::kBool)) {
    cases = {c.types().Intern(LiteralType{Value::Bool(true)}),
             c.types().Intern(LiteralType{Value::Bool(false)})};
  } else if (const auto* choice = c.types().As<UnionType>(bare.type)) {
    cases = choice->members;
  } else {
    cases = {bare.type};
  }
  if (bare.optional) cases.push_back(c.prim(Prim::kNull));
  return cases;
}

// What one arm is written for.
struct Pattern {
  std::optional<ExprId> value;
  std::optional<TypeId> type_test;
  TypeId covers = kNone<TypeId>;  // kNone: some value of a larger type
};

// A type's name as a pattern, where no value has the name.
std::optional<TypeId> TypePattern(Context& c, const Env& env, ast::ExprId id) {
  const auto* ref = std::get_if<ast::NameRef>(&env.file->exprs[id].node);
  if (!ref || FindLocal(env, ref->name.text)) return std::nullopt;
  if (FindValue(c, env.scope, ref->name.text)) return std::nullopt;
  const TypeName* type = FindType(c, env.scope, ref->name.text);
  if (!type) return std::nullopt;
  if (type->kind == TypeName::Kind::kNominal) {
    return TypeOfNominal(c, static_cast<NominalId>(type->index));
  }
  if (type->kind == TypeName::Kind::kAlias) {
    return TypeOfAlias(c, static_cast<AliasId>(type->index));
  }
  return c.prim(Prim::kError);
}

Pattern CheckPattern(Context& c, Env& env, ast::ExprId id, TypeId subject) {
  if (auto type = TypePattern(c, env, id)) return {std::nullopt, *type, *type};
  Pattern pattern;
  auto constant = ConstantOf(*env.file, id);
  pattern.value = CheckExpr(c, env, id, constant ? kNone<TypeId> : Strip(c, subject).type);
  if (constant) {
    pattern.covers =
        constant->is_null() ? c.prim(Prim::kNull) : c.types().Intern(LiteralType{*constant});
  }
  return pattern;
}

bool CanMatch(Context& c, TypeId pattern, const std::vector<TypeId>& cases) {
  return std::ranges::any_of(cases, [&](TypeId type) {
    return Fits(c, pattern, type) != Fit::kNo || Fits(c, type, pattern) != Fit::kNo;
  });
}

std::string PrintCases(Context& c, const std::vector<TypeId>& cases) {
  std::string text;
  for (size_t i = 0; i < cases.size() && i < 5; ++i) {
    text += (i == 0 ? "" : i + 1 == cases.size() ? " and " : ", ") + Show(c, cases[i]);
  }
  if (cases.size() > 5) text += fmt::format(" and {} more", cases.size() - 5);
  return text;
}

// The state of a match while its arms are checked in order.
struct Coverage {
  TypeId subject;
  std::vector<TypeId> cases;    // all, as long as it can be told
  std::vector<TypeId> missing;  // not covered yet
  bool complete = false;        // an `else` was seen
};

void Cover(Context& c, Coverage& coverage, const Pattern& pattern, Span span) {
  if (IsNone(pattern.covers) || IsError(c, pattern.covers)) return;
  if (!CanMatch(c, pattern.covers, coverage.cases)) {
    c.diags->Add(Diag::kNothingToMatch, span, {Show(c, pattern.covers), Show(c, coverage.subject)});
    return;
  }
  if (!CanMatch(c, pattern.covers, coverage.missing)) {
    c.diags->Add(Diag::kUnreachableArm, span);
    return;
  }
  std::erase_if(coverage.missing,
                [&](TypeId type) { return Fits(c, type, pattern.covers) == Fit::kYes; });
}

void AssumeArm(Context& c, Env& env, ast::ExprId subject, const Pattern& pattern,
               const std::optional<Value>& constant) {
  if (constant) {
    AssumeEqual(c, env, subject, *constant, Outcome::kTrue);
  } else if (pattern.type_test) {
    AssumeType(c, env, subject, *pattern.type_test);
  }
}

void AssumeNotArm(Context& c, Env& env, ast::ExprId subject, const Pattern& pattern,
                  const std::optional<Value>& constant) {
  if (constant) {
    AssumeEqual(c, env, subject, *constant, Outcome::kFalse);
  } else if (pattern.type_test) {
    auto type = TypeOfPath(c, env, subject);
    if (type) AssumeType(c, env, subject, Without(c, *type, *pattern.type_test));
  }
}

void ReportMissing(Context& c, const Coverage& coverage, Span span) {
  if (coverage.complete || coverage.missing.empty() || IsError(c, coverage.subject)) return;
  if (c.types().Is(coverage.subject, Prim::kNever)) return;
  Diagnostic& d = c.diags->Add(Diag::kNotExhaustive, span, {PrintCases(c, coverage.missing)});
  d.hint = "add the missing arms, or `else => …`";
}

ExprId CheckArm(Context& c, Env& env, const ast::MatchExpr& match, const ast::MatchArm& arm,
                Coverage& coverage, MatchExpr& node, TypeId expected) {
  if (coverage.complete) c.diags->Add(Diag::kUnreachableArm, arm.span);
  if (!arm.pattern) {
    coverage.complete = true;
    ExprId value = CheckExpr(c, env, arm.value, expected);
    node.arms.push_back({std::nullopt, std::nullopt, value});
    return value;
  }
  Pattern pattern = CheckPattern(c, env, *arm.pattern, coverage.subject);
  auto constant = ConstantOf(*env.file, *arm.pattern);
  Cover(c, coverage, pattern, env.file->exprs[*arm.pattern].span);
  ExprId value;
  {
    FactScope facts(env);
    AssumeArm(c, env, match.subject, pattern, constant);
    value = CheckExpr(c, env, arm.value, expected);
  }
  AssumeNotArm(c, env, match.subject, pattern, constant);
  node.arms.push_back({pattern.value, pattern.type_test, value});
  return value;
}

}  // namespace

ExprId CheckIf(Context& c, Env& env, const ast::IfExpr& choice, Span span, TypeId expected) {
  ExprId condition = CheckCondition(c, env, choice.condition);
  ExprId then;
  {
    FactScope facts(env);
    Assume(c, env, choice.condition, Outcome::kTrue);
    then = CheckExpr(c, env, choice.then, expected);
  }
  FactScope facts(env);
  Assume(c, env, choice.condition, Outcome::kFalse);
  ExprId otherwise = CheckExpr(c, env, choice.otherwise, expected);
  TypeId type = TypeOfChosen(c, condition, TypeOfBranches(c, {then, otherwise}, expected));
  return Add(c, IfExpr{condition, then, otherwise}, type, span);
}

ExprId CheckMatch(Context& c, Env& env, const ast::MatchExpr& match, Span span, TypeId expected) {
  MatchExpr node;
  node.subject = CheckExpr(c, env, match.subject);
  Coverage coverage;
  coverage.subject = TypeOf(c, node.subject);
  coverage.cases = CasesOf(c, coverage.subject);
  coverage.missing = coverage.cases;
  std::vector<ExprId> values;
  FactScope facts(env);
  for (const ast::MatchArm& arm : match.arms) {
    values.push_back(CheckArm(c, env, match, arm, coverage, node, expected));
  }
  Span subject = env.file->exprs[match.subject].span;
  ReportMissing(c, coverage, subject);
  if (values.empty()) return AddError(c, span);
  TypeId type = TypeOfChosen(c, node.subject, TypeOfBranches(c, values, expected));
  return Add(c, std::move(node), type, span);
}

}  // namespace opsc::sema
