// Parse contexts → Ast, one chunk at a time. What the grammar leaves open (README.md of grammar/)
// is checked here: precedence, the left sides of lambdas and function types, names of arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/chunk_parser.h"

namespace opsc::syntax {

// What building an Ast needs: the file that grows, the chunk at hand, and where to report.
struct Builder {
  ast::File& file;
  std::string_view text;  // of the file
  Diagnostics& diagnostics;
  size_t max_height;  // of an expression's tree: later phases recurse over it
  const Chunk* chunk = nullptr;
  size_t next_doc = 0;                 // of the chunk
  std::vector<uint32_t> heights = {};  // by ExprId

  std::string_view TextOf(const antlr4::Token* token) const;
  Span SpanOf(const antlr4::Token* token) const;
  Span SpanOf(const antlr4::ParserRuleContext& context) const;
  // `below`: the greatest height of its children. Too high a tree is reported and cut.
  ast::ExprId Add(ast::ExprNode node, Span span, uint32_t below = 0);
  uint32_t HeightOf(ast::ExprId id) const { return heights[static_cast<size_t>(id)]; }
  ast::TypeExprId AddType(ast::TypeExprNode node, Span span);
  ast::ExprId Error(Span span, std::string_view message);  // OPS0110 there
  ast::Name NameOf(const antlr4::Token* token) const;      // of an identifier
  std::string DocBefore(const antlr4::Token* token);       // REQUIRES: asked for in source order
};

ast::ExprId BuildExpr(Builder& b, antlr::OpsParser::ExprContext& c);
ast::TypeExprId BuildType(Builder& b, antlr::OpsParser::TypeContext& c);
ast::DeclId BuildItem(Builder& b, antlr::OpsParser::ItemContext& c);

std::vector<ast::Arg> BuildArgs(Builder& b, antlr::OpsParser::ArgumentsContext& c);
ast::Binder BuildBinder(Builder& b, antlr::OpsParser::BinderContext& c);
ast::QName BuildQName(Builder& b, antlr::OpsParser::QualifiedNameContext& c);
ast::Name FieldNameOf(Builder& b, antlr::OpsParser::FieldNameContext& c);

// Literals (number.cpp, string_text.cpp). Bad ones are reported; the result is then any value of
// the kind.
std::string StringText(Builder& b, const antlr4::Token* token);  // of a STRING or RAW
ast::ExprId BuildInterpolated(Builder& b, antlr::OpsParser::InterpolatedContext& c);
ast::ExprNode NumberOf(Builder& b, const antlr4::Token* token,
                       bool negative);  // INT FLOAT QUANTITY
std::string PatternOf(Builder& b, const antlr4::Token* regex);

}  // namespace opsc::syntax
