#include "compiler/syntax/build.h"

#include <fmt/format.h>

#include <algorithm>

namespace opsc::syntax {

using antlr::OpsParser;

std::string_view Builder::TextOf(const antlr4::Token* token) const {
  const Token& raw = Raw(token).raw;
  return text.substr(raw.begin, raw.end - raw.begin);
}

Span Builder::SpanOf(const antlr4::Token* token) const {
  return {file.file, Raw(token).raw.begin, Raw(token).raw.end};
}

Span Builder::SpanOf(const antlr4::ParserRuleContext& context) const {
  uint32_t begin = Raw(context.start).raw.begin;
  uint32_t end = Raw(context.stop).raw.end;
  return {file.file, begin, std::max(begin, end)};
}

ast::ExprId Builder::Add(ast::ExprNode node, Span span, uint32_t below) {
  if (below >= max_height) {
    diagnostics.Add(Diag::kNestedTooDeep, span,
                    {fmt::format("this expression has more than {} levels", max_height)});
    node = ast::ErrorExpr{};
    below = 0;
  }
  heights.push_back(below + 1);
  return file.exprs.Add({std::move(node), span});
}

ast::TypeExprId Builder::AddType(ast::TypeExprNode node, Span span) {
  return file.types.Add({std::move(node), span});
}

ast::ExprId Builder::Error(Span span, std::string_view message) {
  diagnostics.Add(Diag::kSyntax, span, {message});
  return Add(ast::ErrorExpr{}, span);
}

ast::Name Builder::NameOf(const antlr4::Token* token) const {
  return {Symbol(TextOf(token)), SpanOf(token)};
}

std::string Builder::DocBefore(const antlr4::Token* token) {
  size_t index = token->getTokenIndex();
  std::string doc;
  for (; next_doc < chunk->docs.size() && chunk->docs[next_doc].before <= index; ++next_doc) {
    const DocLine& line = chunk->docs[next_doc];
    if (line.before != index) continue;
    std::string_view words = text.substr(line.token.begin, line.token.end - line.token.begin);
    words.remove_prefix(3);
    if (words.starts_with(' ')) words.remove_prefix(1);
    while (words.ends_with(' ')) words.remove_suffix(1);
    if (!doc.empty()) doc += '\n';
    doc += words;
  }
  return doc;
}

ast::Binder BuildBinder(Builder& b, OpsParser::BinderContext& c) {
  ast::Binder binder{b.NameOf(c.first->token), {}};
  if (c.second != nullptr) binder.second = b.NameOf(c.second->token);
  return binder;
}

ast::QName BuildQName(Builder& b, OpsParser::QualifiedNameContext& c) {
  ast::QName name{b.NameOf(c.first->token)};
  for (const antlr4::Token* part : c.rest) name.push_back(b.NameOf(part));
  return name;
}

ast::Name FieldNameOf(Builder& b, OpsParser::FieldNameContext& c) {
  bool is_string = c.token->getType() == OpsParser::STRING || c.token->getType() == OpsParser::RAW;
  if (!is_string) return b.NameOf(c.token);
  return {Symbol(StringText(b, c.token)), b.SpanOf(c.token)};
}

}  // namespace opsc::syntax
