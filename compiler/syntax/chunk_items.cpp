#include "compiler/syntax/chunk_items.h"

#include <fmt/format.h>

#include "compiler/syntax/expected.h"

namespace opsc::syntax {
namespace {

using Grammar = antlr::OpsParser;

bool IsName(Kind kind) {
  return kind == Grammar::IDENT || kind == Grammar::K_CHECK || kind == Grammar::K_SECRET ||
         kind == Grammar::K_TO;
}

// What the item that begins at this token declares, as far as it can be told.
std::optional<ast::Name> DeclaredName(const Builder& b, size_t at) {
  const std::vector<Token>& tokens = b.chunk->tokens;
  auto is = [&](size_t i, Kind kind) { return i < tokens.size() && tokens[i].kind == kind; };
  while (is(at, Grammar::AT)) {
    at += 2;
    if (!is(at, Grammar::LPAREN)) continue;
    while (at < tokens.size() && !is(at, Grammar::RPAREN)) ++at;
    ++at;
  }
  if (is(at, Grammar::K_EXTERN)) ++at;
  bool declares = is(at, Grammar::K_PARAM) || is(at, Grammar::K_LET) || is(at, Grammar::K_OUT) ||
                  is(at, Grammar::K_FN) || is(at, Grammar::K_TYPE) || is(at, Grammar::K_COMPONENT);
  if (declares) {
    ++at;
  } else {
    if (at >= tokens.size() || !IsName(tokens[at].kind)) return std::nullopt;
    while (is(at + 1, Grammar::DOT)) at += 2;
    ++at;
  }
  if (at >= tokens.size() || !IsName(tokens[at].kind)) return std::nullopt;
  const Token& name = tokens[at];
  return ast::Name{Symbol(b.text.substr(name.begin, name.end - name.begin)),
                   {b.file.file, name.begin, name.end}};
}

void AddBrokenItem(Builder& b, size_t first_token) {
  const std::vector<Token>& tokens = b.chunk->tokens;
  if (first_token + 1 >= tokens.size()) return;
  Span span{b.file.file, tokens[first_token].begin, tokens[tokens.size() - 2].end};
  ast::ErrorDecl broken{DeclaredName(b, first_token)};
  b.file.items.push_back(b.file.decls.Add({broken, span, {}, {}}));
}

// What helps where something is often written by mistake.
std::string_view WayOut(std::string_view expected, size_t got) {
  bool comma = got == Grammar::COMMA && expected.starts_with("a declaration");
  return comma ? "fields may be followed by commas, declarations take none" : "";
}

}  // namespace

void ReportFailure(Builder& b, const ParseFailure& failure) {
  const Token& token = b.chunk->tokens[failure.token];
  Span span{b.file.file, token.begin, token.end};
  if (failure.expected.empty()) {
    b.diagnostics.Add(Diag::kNestedTooDeep, span, {"more levels than this are not read"});
    return;
  }
  std::string_view text = b.text.substr(token.begin, token.end - token.begin);
  bool at_end = token.kind == kEndOfFile;
  std::string got = Described(at_end ? b.chunk->next : token.kind, text);
  b.diagnostics
      .Add(Diag::kSyntax, span, {fmt::format("expected {}, got {}", failure.expected, got)})
      .hint = WayOut(failure.expected, token.kind);
}

namespace {

void ReadEdition(Builder& b, ChunkParser& parser) {
  Grammar::EditionContext* edition = parser.Edition();
  if (edition == nullptr) {
    ReportFailure(b, parser.failure());
    return;
  }
  ast::ExprNode number = NumberOf(b, edition->year, false);
  if (auto* year = std::get_if<ast::IntLit>(&number)) b.file.edition = year->value;
  b.file.edition_span = b.SpanOf(*edition);
}

void ParseItems(Builder& b, ChunkParser& parser) {
  while (!parser.at_end()) {
    size_t first_token = parser.position();
    Grammar::ItemContext* item = parser.Item();
    if (item == nullptr) {
      ReportFailure(b, parser.failure());
      AddBrokenItem(b, first_token);
      return;
    }
    b.file.items.push_back(BuildItem(b, *item));
  }
}

}  // namespace

void ReadItems(Builder& b, ChunkParser& parser, ChunkPlace place) {
  if (b.chunk->tokens.size() == 1) return;
  if (b.chunk->broken) {
    AddBrokenItem(b, 0);
    return;
  }
  parser.Begin(*b.chunk);
  bool is_first = place == ChunkPlace::kFirst;
  if (is_first && b.chunk->tokens[0].kind == Grammar::K_EDITION) ReadEdition(b, parser);
  ParseItems(b, parser);
}

}  // namespace opsc::syntax
