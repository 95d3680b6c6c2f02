// Parse contexts → layout commands. The grammar gives the structure, the source its tokens, each
// written once and in order, with the comments that stand around it.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/syntax/chunk_parser.h"
#include "compiler/syntax/layout.h"

namespace opsc::syntax {

// A text with its comments, and how far it has been written.
struct SourceText {
  explicit SourceText(std::string_view all);

  std::string_view text;
  std::vector<Token> comments;  // and docs, in order
  size_t next_comment = 0;
  uint32_t written = 0;  // end of the last token or comment written

  std::string_view Slice(Token token) const {
    return text.substr(token.begin, token.end - token.begin);
  }
  bool HasNewline(uint32_t begin, uint32_t end) const;
  bool HasBlankLine(uint32_t begin, uint32_t end) const;
};

// Writes the items of one chunk.
class FormatWalk {
 public:
  FormatWalk(const Chunk& chunk, SourceText& source, Layout& layout)
      : chunk_(chunk), source_(source), out_(layout) {}

  bool BeginsWithEdition() const;
  void Edition(antlr::OpsParser::EditionContext& c);
  void TopLevel(antlr::OpsParser::ItemContext& c);

 private:
  using G = antlr::OpsParser;

  // Tokens and comments (format_tokens.cpp).
  const Token& Peek();                     // the next token that is not a comma
  void Tok();                              // writes it
  void SpacedTok();                        // a space before it
  void Comments(uint32_t before);          // on lines of their own
  void TrailingComments(uint32_t before);  // on the line of the token just written
  void BeginElement();                     // of a list: the docs before it stay docs
  std::string_view TextOf(const Token& comment) const;
  bool BlankBefore(uint32_t begin) const;  // an empty line before this token or its comments
  bool BreaksAfter(const Token& opener) const;
  void CommentsBeforeCloser();
  void RawTo(const antlr4::ParserRuleContext& c);  // tokens of names, without spaces
  void Verbatim(const antlr4::ParserRuleContext& c);

  // Brackets. `each` writes one element.
  template <typename Elements, typename Each>
  void Braces(const Elements& elements, Each each);
  template <typename Elements, typename Each>
  void Delimited(const Elements& elements, Each each);
  void Items(const std::vector<G::ItemContext*>& items);

  // Declarations (format_decl.cpp).
  void Item(G::ItemContext& c);
  void Note(G::AnnotationContext& c);
  void Notes(const std::vector<G::AnnotationContext*>& notes);
  void Import(G::ImportDeclContext& c);
  void Bound(G::TypeContext* type, G::ExprContext* value);  // `name[: T] [= value]`
  void Fn(G::FnDeclContext& c);
  void TypeDecl(G::TypeDeclContext& c);
  void TypeMember(G::TypeMemberContext& c);
  void If(G::IfDeclContext* c);
  void Instance(G::InstanceDeclContext& c);
  void Member(G::MemberContext& c);
  void Binder(G::BinderContext& c);
  void Else(G::ExprContext& condition, G::ExprContext& message);

  // Types (format_type.cpp).
  void Type(G::TypeContext& c);
  void Atom(G::TypeAtomContext& c);
  void Refinement(G::RefinementContext& c);

  // Expressions (format_expr.cpp).
  void Value(G::ExprContext& c);     // after `:` or `=>`: operations may begin on the next line
  void Assigned(G::ExprContext& c);  // after `=`: calls may, too
  void Expr(G::ExprContext& c);
  void Conditional(G::IfExprContext* c);
  void Select(G::MatchExprContext& c);
  void Arm(G::ArmContext& c);
  enum class Hanging : uint8_t { kNo, kIndented };  // lines after the first of an operation
  void Operations(G::ExprContext& c, size_t first, size_t last, Hanging hanging);
  void Operand(G::OperandContext& c);
  void Postfixes(G::OperandContext& c);
  void Postfix(G::PostfixContext& c);
  void Arguments(G::ArgumentsContext& c);
  void Argument(G::ArgumentContext& c);
  void List(G::ListContext& c);
  void Record(G::RecordContext& c);
  void Entry(G::EntryContext& c);
  template <typename Context>
  void ComprehensionHead(Context& c);

  const Chunk& chunk_;
  SourceText& source_;
  Layout& out_;
  size_t next_ = 0;          // token
  uint32_t docs_begin_ = 0;  // docs in [docs_begin_, docs_end_) document an element
  uint32_t docs_end_ = 0;
};

// The comments after the last item.
void EndOfSource(SourceText& source, Layout& layout);

// `[x]`, `{…}`, `"""`, or a lambda of such: brackets around it alone need no lines of their own.
bool Hugs(antlr::OpsParser::ExprContext& c);

template <typename Elements, typename Each>
void FormatWalk::Braces(const Elements& elements, Each each) {
  const Token opener = Peek();
  bool breaks = !elements.empty() && BreaksAfter(opener);
  out_.BeginGroup();
  if (breaks) out_.BreakGroups();
  Tok();
  out_.BeginIndent();
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out_.CommaIfFlat();
    out_.Line(i > 0 && BlankBefore(Peek().begin));
    BeginElement();
    each(*elements[i]);
  }
  CommentsBeforeCloser();
  out_.EndIndent();
  if (elements.empty()) {
    out_.SoftLine(false);
  } else {
    out_.Line(false);
  }
  Tok();
  out_.EndGroup();
}

template <typename Elements, typename Each>
void FormatWalk::Delimited(const Elements& elements, Each each) {
  out_.BeginGroup();
  Tok();
  out_.BeginIndent();
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) {
      out_.Text(",");
      out_.Line(BlankBefore(Peek().begin));
    } else {
      out_.SoftLine(false);
    }
    BeginElement();
    each(*elements[i]);
  }
  if (!elements.empty()) out_.CommaIfBroken();
  CommentsBeforeCloser();
  out_.EndIndent();
  out_.SoftLine(false);
  Tok();
  out_.EndGroup();
}

}  // namespace opsc::syntax
