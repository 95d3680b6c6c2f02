#include "compiler/syntax/chunk_items.h"

#include <fmt/format.h>

#include "compiler/syntax/expected.h"
#include "compiler/syntax/token_class.h"

namespace opsc::syntax {
namespace {

using Grammar = antlr::OpsParser;

bool IsName(Kind kind) {
  return kind == Grammar::IDENT || kind == Grammar::K_CHECK || kind == Grammar::K_SECRET ||
         kind == Grammar::K_TO;
}

// Behind the annotations of the item that begins at this token.
size_t SkipAnnotations(const std::vector<Token>& tokens, size_t at) {
  auto is = [&](size_t i, Kind kind) { return i < tokens.size() && tokens[i].kind == kind; };
  while (is(at, Grammar::AT)) {
    at += 2;
    if (!is(at, Grammar::LPAREN)) continue;
    while (at < tokens.size() && !is(at, Grammar::RPAREN)) ++at;
    ++at;
  }
  return at;
}

// What the item that begins at this token declares, as far as it can be told.
std::optional<ast::Name> DeclaredName(const Builder& b, size_t at) {
  const std::vector<Token>& tokens = b.chunk->tokens;
  auto is = [&](size_t i, Kind kind) { return i < tokens.size() && tokens[i].kind == kind; };
  at = SkipAnnotations(tokens, at);
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

// What the reader of chunks takes for the begin of one only where it must.
bool BeginsItem(Kind kind, Kind next) {
  bool is_instance = kind == Grammar::IDENT && (next == Grammar::IDENT || next == Grammar::DOT);
  return is_instance || kind == Grammar::K_FOR || kind == Grammar::K_IF;
}

int OpensOrCloses(Kind kind) {
  switch (ClassOf(kind)) {
    case TokenClass::kOpenBrace:
    case TokenClass::kOpenParenthesis:
    case TokenClass::kOpenBracket:
    case TokenClass::kOpenInterpolation:
    case TokenClass::kQuote:
    case TokenClass::kBlockQuote:
      return 1;
    case TokenClass::kClose:
    case TokenClass::kEndQuote:
      return -1;
    default:
      return 0;
  }
}

// Where another item seems to begin, in column 1 and outside of brackets, in what is broken.
std::optional<size_t> ItemInside(const Builder& b, size_t first_token) {
  const std::vector<Token>& tokens = b.chunk->tokens;
  int open = 0;
  for (size_t i = first_token; i + 1 < tokens.size(); ++i) {
    bool later = i > SkipAnnotations(tokens, first_token);
    bool in_column_one = tokens[i].begin > 0 && b.text[tokens[i].begin - 1] == '\n';
    bool begins = BeginsItem(tokens[i].kind, tokens[i + 1].kind);
    if (later && open == 0 && in_column_one && begins) return i;
    open += OpensOrCloses(tokens[i].kind);
  }
  return std::nullopt;
}

// Tokens [begin, end) as a chunk of their own.
Chunk Part(const Chunk& chunk, size_t begin, size_t end) {
  Chunk part;
  auto at = [&](size_t i) { return chunk.tokens.begin() + static_cast<ptrdiff_t>(i); };
  part.tokens.assign(at(begin), at(end));
  Token next = chunk.tokens[end];  // where its end stands
  part.next = next.kind == kEndOfFile ? chunk.next : next.kind;
  next.kind = kEndOfFile;
  part.tokens.push_back(next);
  for (const DocLine& doc : chunk.docs) {
    if (doc.before < begin || doc.before >= end) continue;
    part.docs.push_back({doc.before - static_cast<uint32_t>(begin), doc.token});
  }
  return part;
}

void ParseItems(Builder& b, ChunkParser& parser);

// What is unfinished does not swallow the item below it: both are read, each alone.
void ParseHalves(Builder& b, ChunkParser& parser, size_t first_token, size_t second) {
  const Chunk& whole = *b.chunk;
  ParseFailure failure = parser.failure();
  auto read = [&](const Chunk& part, auto take) {
    b.chunk = &part;
    b.next_doc = 0;
    parser.Begin(part);
    take();
    b.chunk = &whole;
  };
  Chunk before = Part(whole, first_token, second);
  bool stands = false;
  read(before, [&] {
    Grammar::ItemContext* item = parser.Item();
    stands = item != nullptr;
    if (stands) {
      b.file.items.push_back(BuildItem(b, *item));
    } else {
      ReportFailure(b, parser.failure());
      AddBrokenItem(b, 0);
    }
  });
  if (stands) ReportFailure(b, failure);
  Chunk after = Part(whole, second, whole.tokens.size() - 1);
  read(after, [&] { ParseItems(b, parser); });
}

void ParseItems(Builder& b, ChunkParser& parser) {
  size_t begin = parser.position();
  size_t broken = begin;
  std::vector<Grammar::ItemContext*> items;
  while (!parser.at_end()) {
    broken = parser.position();
    items.push_back(parser.Item());
    if (items.back() == nullptr) break;
  }
  bool fails = !items.empty() && items.back() == nullptr;
  if (fails) {
    items.pop_back();
    if (auto second = ItemInside(b, begin)) return ParseHalves(b, parser, begin, *second);
  }
  for (Grammar::ItemContext* item : items) b.file.items.push_back(BuildItem(b, *item));
  if (!fails) return;
  ReportFailure(b, parser.failure());
  AddBrokenItem(b, broken);
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
