#include "compiler/syntax/parse.h"
#include "compiler/syntax/item_reader.h"

#include <fmt/format.h>

#include <optional>

#include "compiler/syntax/build.h"
#include "compiler/syntax/expected.h"
#include "compiler/syntax/utf8.h"

namespace opsc {
namespace {

using syntax::Builder;
using syntax::Chunk;
using syntax::Token;
using Grammar = antlr::OpsParser;

constexpr size_t kMaxFileBytes = 64u << 20;
constexpr size_t kHeightALevel = 5;  // chained operators that one level of nesting is worth

bool IsReadable(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  const SourceFile& source = sources[file];
  if (source.text.size() > kMaxFileBytes) {
    diagnostics.Add(Diag::kFileTooLarge, {file, 0, 0},
                    {source.path, fmt::to_string(source.text.size() >> 20),
                     fmt::to_string(kMaxFileBytes >> 20)});
    return false;
  }
  std::optional<size_t> bad = syntax::FindInvalidUtf8(source.text);
  if (!bad) return true;
  auto at = static_cast<uint32_t>(*bad);
  diagnostics.Add(Diag::kNotUtf8, {file, at, at + 1}, {source.path, fmt::to_string(*bad)});
  return false;
}

bool IsName(syntax::Kind kind) {
  return kind == Grammar::IDENT || kind == Grammar::K_CHECK || kind == Grammar::K_SECRET ||
         kind == Grammar::K_TO;
}

// What the item that begins at this token declares, as far as it can be told.
std::optional<ast::Name> DeclaredName(const Builder& b, size_t at) {
  const std::vector<Token>& tokens = b.chunk->tokens;
  auto is = [&](size_t i, syntax::Kind kind) {
    return i < tokens.size() && tokens[i].kind == kind;
  };
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

void ReportFailure(Builder& b, const syntax::ParseFailure& failure) {
  const Token& token = b.chunk->tokens[failure.token];
  Span span{b.file.file, token.begin, token.end};
  if (failure.expected.empty()) {
    b.diagnostics.Add(Diag::kNestedTooDeep, span, {"more levels than this are not read"});
    return;
  }
  std::string_view text = b.text.substr(token.begin, token.end - token.begin);
  bool at_end = token.kind == syntax::kEndOfFile;
  std::string got = syntax::Described(at_end ? b.chunk->next : token.kind, text);
  b.diagnostics
      .Add(Diag::kSyntax, span, {fmt::format("expected {}, got {}", failure.expected, got)})
      .hint = WayOut(failure.expected, token.kind);
}

void ReadEdition(Builder& b, syntax::ChunkParser& parser) {
  Grammar::EditionContext* edition = parser.Edition();
  if (edition == nullptr) {
    ReportFailure(b, parser.failure());
    return;
  }
  ast::ExprNode number = NumberOf(b, edition->year, false);
  if (auto* year = std::get_if<ast::IntLit>(&number)) b.file.edition = year->value;
  b.file.edition_span = b.SpanOf(*edition);
}

void ReadItems(Builder& b, syntax::ChunkParser& parser) {
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

void ReadChunk(Builder& b, syntax::ChunkParser& parser) {
  if (b.chunk->tokens.size() == 1) return;
  if (b.chunk->broken) {
    AddBrokenItem(b, 0);
    return;
  }
  parser.Begin(*b.chunk);
  bool is_first = b.file.items.empty() && !b.file.edition;
  if (is_first && b.chunk->tokens[0].kind == Grammar::K_EDITION) ReadEdition(b, parser);
  ReadItems(b, parser);
}

}  // namespace

ast::File Parse(const Sources& sources, FileId file, const ParseOptions& options,
                Diagnostics& diagnostics) {
  ast::File parsed;
  parsed.file = file;
  if (!IsReadable(sources, file, diagnostics)) return parsed;
  auto max_depth = static_cast<size_t>(options.max_depth);
  Builder b{parsed, sources[file].text, diagnostics, max_depth * kHeightALevel};
  syntax::ChunkReader reader(sources, file, max_depth, diagnostics);
  syntax::ChunkParser parser(max_depth * syntax::kRulesALevel);
  Chunk chunk;
  b.chunk = &chunk;
  while (reader.Next(chunk)) {
    b.next_doc = 0;
    ReadChunk(b, parser);
  }
  return parsed;
}

struct ItemReader::State {
  State(const Sources& all, FileId id, size_t depth, Diagnostics& found)
      : sources(all),
        file(id),
        max_depth(depth),
        diagnostics(found),
        reader(all, id, depth, found),
        parser(depth * syntax::kRulesALevel) {}

  const Sources& sources;
  FileId file;
  size_t max_depth;
  Diagnostics& diagnostics;
  syntax::ChunkReader reader;
  syntax::ChunkParser parser;
  Chunk chunk;
};

ItemReader::ItemReader(const Sources& sources, FileId file, const ParseOptions& options,
                       Diagnostics& diagnostics)
    : state_(std::make_unique<State>(sources, file, static_cast<size_t>(options.max_depth),
                                     diagnostics)) {}

ItemReader::~ItemReader() = default;

ast::File ItemReader::Read(uint32_t begin, uint32_t end) {
  State& s = *state_;
  ast::File parsed;
  parsed.file = s.file;
  Builder b{parsed, s.sources[s.file].text, s.diagnostics, s.max_depth * kHeightALevel};
  b.chunk = &s.chunk;
  s.reader.SeekTo(begin);
  while (!s.reader.at_end() && s.reader.position() < end && s.reader.Next(s.chunk)) {
    b.next_doc = 0;
    ReadChunk(b, s.parser);
  }
  return parsed;
}

ast::File ParseExpression(const Sources& sources, FileId file, const ParseOptions& options,
                          Diagnostics& diagnostics) {
  ast::File parsed;
  parsed.file = file;
  if (!IsReadable(sources, file, diagnostics)) return parsed;
  auto max_depth = static_cast<size_t>(options.max_depth);
  Builder b{parsed, sources[file].text, diagnostics, max_depth * kHeightALevel};
  Chunk chunk;
  b.chunk = &chunk;
  syntax::ChunkReader(sources, file, max_depth, diagnostics).ReadAll(chunk);
  if (chunk.broken) {
    b.Add(ast::ErrorExpr{}, {file, 0, 0});
    return parsed;
  }
  syntax::ChunkParser parser(max_depth * syntax::kRulesALevel);
  parser.Begin(chunk);
  if (Grammar::ExprContext* expr = parser.WholeExpression()) {
    BuildExpr(b, *expr);
  } else {
    ReportFailure(b, parser.failure());
    b.Add(ast::ErrorExpr{}, {file, 0, 0});
  }
  return parsed;
}

}  // namespace opsc
