#include "compiler/syntax/build.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;
using ast::TypeExprId;

TypeExprId TypeError(Builder& b, Span span, std::string_view message) {
  b.diagnostics.Add(Diag::kSyntax, span, {message});
  return b.AddType(ast::ErrorTypeExpr{}, span);
}

ast::ExprId BuildBound(Builder& b, OpsParser::BoundContext& c) {
  return b.Add(NumberOf(b, c.number, c.minus != nullptr), b.SpanOf(c));
}

void AddRefinement(Builder& b, ast::RefinedTypeExpr& refined, OpsParser::RefinementContext& c) {
  if (c.pattern != nullptr) {
    if (refined.pattern_span.valid()) {
      b.diagnostics.Add(Diag::kSyntax, b.SpanOf(c), {"a type has one regular expression at most"});
    }
    refined.pattern = PatternOf(b, c.pattern);
    refined.pattern_span = b.SpanOf(c);
    return;
  }
  if (refined.low || refined.high) {
    b.diagnostics.Add(Diag::kSyntax, b.SpanOf(c), {"a type has one range at most"});
  }
  if (c.low == nullptr && c.high == nullptr) {
    b.diagnostics.Add(Diag::kSyntax, b.SpanOf(c),
                      {"a range needs a bound: `0..`, `..9` or `0..9`"});
  }
  if (c.low != nullptr) refined.low = BuildBound(b, *c.low);
  if (c.high != nullptr) refined.high = BuildBound(b, *c.high);
  if (c.range == nullptr) refined.high = refined.low;
}

TypeExprId BuildNamed(Builder& b, OpsParser::TypeNameContext& c) {
  ast::NamedTypeExpr named{{b.NameOf(c.first)}, {}};
  for (const antlr4::Token* part : c.rest) named.name.push_back(b.NameOf(part));
  for (OpsParser::TypeContext* arg : c.args) named.args.push_back(BuildType(b, *arg));
  Span span = b.SpanOf(c);
  if (c.refined != nullptr) span.end = b.SpanOf(c.refined).begin;
  TypeExprId base = b.AddType(std::move(named), span);
  if (c.refined == nullptr) return base;
  ast::RefinedTypeExpr refined{base, {}, {}, {}, {}};
  for (OpsParser::RefinementContext* part : c.refinements) AddRefinement(b, refined, *part);
  return b.AddType(std::move(refined), b.SpanOf(c));
}

// `{ a: T }`, or `{string: T}`: a map.
TypeExprId BuildBraces(Builder& b, OpsParser::TypeAtomContext& c, Span span) {
  if (c.fields.size() == 1) {
    OpsParser::RecordFieldContext& only = *c.fields[0];
    const antlr4::Token* name = only.name->token;
    if (name->getType() == OpsParser::IDENT && b.TextOf(name) == "string" && !only.value) {
      TypeExprId key = b.AddType(ast::NamedTypeExpr{{b.NameOf(name)}, {}}, b.SpanOf(name));
      return b.AddType(ast::MapTypeExpr{key, BuildType(b, *only.type_)}, span);
    }
  }
  ast::RecordTypeExpr record;
  for (OpsParser::RecordFieldContext* f : c.fields) {
    ast::TypeField& field = record.fields.emplace_back();
    field.name = FieldNameOf(b, *f->name);
    field.type = BuildType(b, *f->type_);
    if (f->value != nullptr) field.default_value = BuildExpr(b, *f->value);
  }
  return b.AddType(std::move(record), span);
}

TypeExprId BuildLiteral(Builder& b, OpsParser::TypeAtomContext& c, Span span) {
  if (c.number != nullptr) {
    ast::ExprNode number = NumberOf(b, c.number, c.minus != nullptr);
    auto* integer = std::get_if<ast::IntLit>(&number);
    if (integer == nullptr) return b.AddType(ast::ErrorTypeExpr{}, span);
    return b.AddType(ast::LiteralTypeExpr{integer->value}, span);
  }
  if (c.literal->getType() == OpsParser::STRING) {
    return b.AddType(ast::LiteralTypeExpr{StringText(b, c.literal)}, span);
  }
  return b.AddType(ast::LiteralTypeExpr{c.literal->getType() == OpsParser::K_TRUE}, span);
}

TypeExprId BuildAtom(Builder& b, OpsParser::TypeAtomContext& c) {
  Span span = b.SpanOf(c);
  if (!c.optional.empty()) span.end = b.SpanOf(c.optional.front()).begin;
  Span inner = span;
  if (c.secret != nullptr) inner.begin = Raw(c.secret).raw.end + 1;
  TypeExprId id;
  if (c.name != nullptr) {
    id = BuildNamed(b, *c.name);
  } else if (c.element != nullptr) {
    TypeExprId element = BuildType(b, *c.element);
    id = b.AddType(ast::ListTypeExpr{element}, inner);
  } else if (c.literal != nullptr || c.number != nullptr) {
    id = BuildLiteral(b, c, inner);
  } else if (c.open->getType() == OpsParser::LBRACE) {
    id = BuildBraces(b, c, inner);
  } else if (c.group.size() == 1) {
    id = BuildType(b, *c.group[0]);
  } else {
    id = TypeError(b, inner, "expected `-> T` after the parameters of a function type");
  }
  if (c.secret != nullptr) id = b.AddType(ast::SecretTypeExpr{id}, span);
  if (c.optional.size() > 1) {
    b.diagnostics.Add(Diag::kSyntax, b.SpanOf(c.optional[1]), {"one `?` is enough"});
  }
  return c.optional.empty() ? id : b.AddType(ast::OptionalTypeExpr{id}, b.SpanOf(c));
}

TypeExprId BuildFunction(Builder& b, OpsParser::TypeContext& c) {
  OpsParser::TypeAtomContext& left = *c.first;
  bool is_list = c.rest.empty() && left.open != nullptr &&
                 left.open->getType() == OpsParser::LPAREN && left.secret == nullptr &&
                 left.optional.empty();
  if (!is_list) {
    return TypeError(b, b.SpanOf(c),
                     "the parameters of a function type stand in parentheses: "
                     "`(T) -> U`");
  }
  ast::FunctionTypeExpr function{{}, {}};
  for (OpsParser::TypeContext* param : left.group) function.params.push_back(BuildType(b, *param));
  function.result = BuildType(b, *c.result);
  return b.AddType(std::move(function), b.SpanOf(c));
}

}  // namespace

TypeExprId BuildType(Builder& b, OpsParser::TypeContext& c) {
  if (c.result != nullptr) return BuildFunction(b, c);
  if (c.rest.empty()) return BuildAtom(b, *c.first);
  ast::UnionTypeExpr members{{BuildAtom(b, *c.first)}};
  for (OpsParser::TypeAtomContext* atom : c.rest) members.members.push_back(BuildAtom(b, *atom));
  return b.AddType(std::move(members), b.SpanOf(c));
}

}  // namespace opsc::syntax
