#include "compiler/syntax/chunk.h"

#include <fmt/format.h>

#include <algorithm>

#include "OpsLexer.h"

namespace opsc::syntax {
namespace {

using antlr::OpsLexer;

bool IsDeclarationKeyword(Kind kind) {
  switch (kind) {
    case OpsLexer::K_IMPORT:
    case OpsLexer::K_PARAM:
    case OpsLexer::K_LET:
    case OpsLexer::K_FN:
    case OpsLexer::K_TYPE:
    case OpsLexer::K_COMPONENT:
    case OpsLexer::K_EXTERN:
    case OpsLexer::K_OUT:
    case OpsLexer::K_ASSERT:
    case OpsLexer::K_MOVED:
    case OpsLexer::K_REMOVED:
      return true;
    default:
      return false;
  }
}

// What can end an item, and what no name can follow in one. (`>` can end a type, but not here: it
// also compares.)
bool IsWhole(Kind kind) {
  switch (kind) {
    case OpsLexer::IDENT:
    case OpsLexer::STRING:
    case OpsLexer::QUESTION:
    case OpsLexer::INT:
    case OpsLexer::FLOAT:
    case OpsLexer::QUANTITY:
    case OpsLexer::RAW:
    case OpsLexer::REGEX:
    case OpsLexer::END:
    case OpsLexer::K_NULL:
    case OpsLexer::K_TRUE:
    case OpsLexer::K_FALSE:
    case OpsLexer::RPAREN:
    case OpsLexer::RBRACKET:
    case OpsLexer::RBRACE:
      return true;
    default:
      return false;
  }
}

bool IsQuote(Kind kind) {
  return kind == OpsLexer::QUOTE || kind == OpsLexer::BLOCK_QUOTE;
}
bool IsBrace(Kind kind) {
  return kind == OpsLexer::LBRACE || kind == OpsLexer::INTERPOLATION;
}
bool IsParenthesis(Kind kind) {
  return kind == OpsLexer::LPAREN;
}
bool IsBracket(Kind kind) {
  return kind == OpsLexer::LBRACKET;
}

bool IsCloser(Kind kind) {
  return kind == OpsLexer::RPAREN || kind == OpsLexer::RBRACKET || kind == OpsLexer::RBRACE;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The way out for characters that other languages have.
std::string_view HintFor(std::string_view character) {
  if (character == "'") return "strings are written in double quotes";
  if (character == ";") return "declarations and fields need no separator";
  if (character == "&") return "write `and`";
  if (character == "!") return "write `not`";
  if (character == "#") return "a comment begins with `//`";
  if (character == "`") return "strings are written in double quotes; `r\"…\"` takes text as it is";
  if (character == kByteOrderMark) return "save the file as UTF-8 without a byte order mark";
  if (static_cast<uint8_t>(character[0]) >= 0x80) return "names have letters a to z, digits and _";
  return {};
}

// The column of the first visible character of the line, or -1 on a very long line.
int Indentation(std::string_view text, uint32_t offset) {
  constexpr uint32_t kFar = 300;
  uint32_t begin = offset;
  while (begin > 0 && text[begin - 1] != '\n') {
    if (offset - --begin > kFar) return -1;
  }
  return static_cast<int>(text.find_first_not_of(" \t", begin) - begin);
}

bool IsFirstOnLine(std::string_view text, uint32_t offset) {
  while (offset > 0 && (text[offset - 1] == ' ' || text[offset - 1] == '\t')) --offset;
  return offset == 0 || text[offset - 1] == '\n';
}

void Relate(Diagnostic& diagnostic, Span span, std::string_view message) {
  RelatedSpan& related = diagnostic.related.emplace_back();
  related.span = span;
  related.message = message;
}

}  // namespace

ChunkReader::ChunkReader(const Sources& sources, FileId file, size_t max_depth,
                         Diagnostics& diagnostics)
    : sources_(sources),
      file_(file),
      max_depth_(max_depth),
      diagnostics_(diagnostics),
      errors_before_(diagnostics.error_count()),
      tokens_(sources[file].text) {}

bool ChunkReader::Next(Chunk& chunk) {
  if (tokens_.current().kind == kEndOfFile || HasGivenUp()) return false;
  uint32_t begin = tokens_.current().begin;
  std::vector<Token> docs = tokens_.docs();
  Start(chunk);
  Fill(chunk);
  bool in_block_string = std::ranges::any_of(
      open_, [](const Token& open) { return open.kind == OpsLexer::BLOCK_QUOTE; });
  bool is_unbalanced = !open_.empty() || is_mismatched_;
  if (is_unbalanced && !by_lines_ && !stopped_ && !in_block_string) {
    by_lines_ = true;
    tokens_.Restart(begin, std::move(docs));
    Start(chunk);
    Fill(chunk);
  }
  Finish(chunk);
  return true;
}

bool ChunkReader::HasGivenUp() {
  size_t errors = diagnostics_.error_count() + found_.error_count() - errors_before_;
  if (stopped_ || errors < kMaxErrors) return stopped_;
  diagnostics_.Add(Diag::kTooManyErrors, SpanOf(tokens_.current()), {sources_[file_].path});
  return stopped_ = true;
}

void ChunkReader::SeekTo(const Resume& from) {
  tokens_.Restart(from.begin, {});
  by_lines_ = from.by_lines;
  stopped_ = false;
  errors_before_ = diagnostics_.error_count() - from.errors;
}

void ChunkReader::ReadAll(Chunk& chunk) {
  Start(chunk);
  while (!HasGivenUp() && tokens_.current().kind != kEndOfFile) {
    Take(chunk);
    tokens_.Advance();
  }
  Finish(chunk);
}

void ChunkReader::Start(Chunk& chunk) {
  chunk.tokens.clear();
  chunk.docs.clear();
  chunk.broken = false;
  open_.clear();
  previous_ = kEndOfFile;
  head_ = Head::kNothing;
  head_begin_ = 0;
  suspect_ = {};
  is_mismatched_ = false;
  lines_matter_ = false;
  if (!found_.all().empty()) found_ = {};
}

void ChunkReader::Fill(Chunk& chunk) {
  while (tokens_.current().kind != kEndOfFile && !BeginsItem(chunk) && !HasGivenUp()) {
    Take(chunk);
    end_of_chunk_ = tokens_.current().end;
    tokens_.Advance();
  }
}

bool ChunkReader::BeginsItem(const Chunk& chunk) const {
  if (chunk.tokens.empty() || head_ == Head::kAnnotations) return false;
  Kind kind = tokens_.current().kind;
  if (!open_.empty()) return LooksLikeItem() && ByLines();
  if (IsDeclarationKeyword(kind)) return previous_ != OpsLexer::K_EXTERN;
  if (kind == OpsLexer::AT) return true;
  if (chunk.tokens[0].kind == OpsLexer::K_EDITION && chunk.tokens.size() == 2) return true;
  Kind next = tokens_.following().kind;
  bool begins_head = kind == OpsLexer::IDENT && (next == OpsLexer::IDENT || next == OpsLexer::DOT);
  if (begins_head && IsWhole(previous_) && !InHead(chunk)) return true;
  bool may_follow = kind == OpsLexer::K_FOR || kind == OpsLexer::K_IF;
  return may_follow && (previous_ == OpsLexer::RBRACE || (LooksLikeItem() && ByLines()));
}

// Asked where it decides.
bool ChunkReader::ByLines() const {
  lines_matter_ = true;
  return by_lines_;
}

bool ChunkReader::InHead(const Chunk& chunk) const {
  for (size_t i = head_begin_; i < chunk.tokens.size(); ++i) {
    Kind kind = chunk.tokens[i].kind;
    bool alternates = (i - head_begin_) % 2 == 0 ? kind == OpsLexer::IDENT : kind == OpsLexer::DOT;
    if (!alternates) return false;
  }
  return true;
}

bool ChunkReader::LooksLikeItem() const {
  const Token& token = tokens_.current();
  bool in_column_one = token.begin == 0 || sources_[file_].text[token.begin - 1] == '\n';
  if (!in_column_one) return false;
  Kind next = tokens_.following().kind;
  bool is_instance =
      token.kind == OpsLexer::IDENT && (next == OpsLexer::IDENT || next == OpsLexer::DOT);
  return is_instance || IsDeclarationKeyword(token.kind) || token.kind == OpsLexer::AT ||
         token.kind == OpsLexer::K_FOR || token.kind == OpsLexer::K_IF;
}

void ChunkReader::Take(Chunk& chunk) {
  const Token& token = tokens_.current();
  if (open_.empty() && IsCloser(token.kind)) {  // without it, the item stands
    found_.Add(Diag::kUnmatchedBrace, SpanOf(token), {sources_.Text(SpanOf(token))});
    previous_ = token.kind;
    return;
  }
  for (const Token& doc : tokens_.docs()) {
    chunk.docs.push_back({static_cast<uint32_t>(chunk.tokens.size()), doc});
  }
  if (open_.empty()) TrackHead(chunk);
  switch (token.kind) {
    case OpsLexer::LPAREN:
    case OpsLexer::LBRACKET:
    case OpsLexer::LBRACE:
    case OpsLexer::QUOTE:
    case OpsLexer::BLOCK_QUOTE:
    case OpsLexer::INTERPOLATION:
      Open(chunk);
      break;
    case OpsLexer::RPAREN:
      Close(chunk, IsParenthesis);
      break;
    case OpsLexer::RBRACKET:
      Close(chunk, IsBracket);
      break;
    case OpsLexer::RBRACE:
      Close(chunk, IsBrace);
      break;
    case OpsLexer::END:
      Close(chunk, IsQuote);
      break;
    case OpsLexer::UNCLOSED:
      EndLine(chunk);
      break;
    case OpsLexer::COMMA:
      if (previous_ == OpsLexer::COMMA) {
        Break(chunk, Diag::kSyntax, SpanOf(token), {"two commas in a row"});
      }
      break;
    case kBadCharacter:
      ReportCharacter(chunk);
      break;
    default:
      break;
  }
  previous_ = token.kind;
  chunk.tokens.push_back(token);
}

void ChunkReader::TrackHead(const Chunk& chunk) {
  Kind kind = tokens_.current().kind;
  bool is_annotation =
      kind == OpsLexer::AT || previous_ == OpsLexer::AT ||
      (head_ == Head::kAnnotations && (kind == OpsLexer::LPAREN || kind == OpsLexer::RPAREN));
  if (head_ == Head::kItem) return;
  head_ = is_annotation ? Head::kAnnotations : Head::kItem;
  head_begin_ = chunk.tokens.size();
}

void ChunkReader::Open(Chunk& chunk) {
  open_.push_back(tokens_.current());
  if (open_.size() <= max_depth_) return;
  Break(chunk, Diag::kNestedTooDeep, SpanOf(tokens_.current()),
        {fmt::format("more than {} brackets are open here", max_depth_)});
  stopped_ = true;
}

void ChunkReader::Close(Chunk& chunk, bool (*matches)(Kind open)) {
  const Token& token = tokens_.current();
  std::string_view text = sources_[file_].text;
  if (!open_.empty() && matches(open_.back().kind)) {
    if (by_lines_ && suspect_.kind == kEndOfFile && IsFirstOnLine(text, token.begin) &&
        Indentation(text, open_.back().begin) != Indentation(text, token.begin)) {
      suspect_ = open_.back();
    }
    open_.pop_back();
    return;
  }
  is_mismatched_ = true;
  // A brace is stronger than a parenthesis: `( { )` leaves the `{` open, `{ ( }` does not.
  auto open = open_.rbegin();
  while (open != open_.rend() && !matches(open->kind) &&
         (matches == IsBrace || matches == IsQuote || !IsBrace(open->kind))) {
    ++open;
  }
  if (open == open_.rend() || !matches(open->kind)) {
    Diagnostic* stray =
        Break(chunk, Diag::kUnmatchedBrace, SpanOf(token), {sources_.Text(SpanOf(token))});
    if (stray == nullptr) return;
    Relate(*stray, SpanOf(open_.back()), "this is the bracket that is open here");
    return;
  }
  Diagnostic* unclosed = Break(chunk, Diag::kUnmatchedBrace, SpanOf(open_.back()),
                               {sources_.Text(SpanOf(open_.back()))});
  if (unclosed != nullptr) {
    Relate(*unclosed, SpanOf(token),
           fmt::format("`{}` closes something else here", sources_.Text(SpanOf(token))));
  }
  open_.erase(open.base() - 1, open_.end());
}

void ChunkReader::EndLine(Chunk& chunk) {
  auto quote = std::find_if(open_.rbegin(), open_.rend(),
                            [](const Token& open) { return IsQuote(open.kind); });
  if (quote == open_.rend()) return;
  Break(chunk, Diag::kUnterminatedString, {file_, quote->begin, tokens_.current().begin}, {});
  open_.erase(quote.base() - 1, open_.end());
}

void ChunkReader::EndInBrackets(Chunk& chunk) {
  auto quote = std::ranges::find_if(open_, [](const Token& open) { return IsQuote(open.kind); });
  if (quote != open_.end()) {
    Break(chunk, Diag::kUnterminatedString, SpanOf(*quote), {});
    return;
  }
  Token blamed = suspect_.kind == kEndOfFile ? open_.back() : suspect_;
  Diagnostic* unclosed =
      Break(chunk, Diag::kUnmatchedBrace, SpanOf(blamed), {sources_.Text(SpanOf(blamed))});
  if (unclosed == nullptr) return;
  const Token& next = tokens_.current();
  std::string_view what =
      next.kind == kEndOfFile ? "the file ends here" : "the next declaration begins here";
  Relate(*unclosed, SpanOf(next), what);
}

void ChunkReader::ReportCharacter(Chunk& chunk) {
  Span span = SpanOf(tokens_.current());
  std::string_view text = sources_.Text(span);
  if (text.starts_with("/*")) {
    found_.Add(Diag::kUnclosedComment, {file_, span.begin, span.begin + 2});
    chunk.broken = true;
    return;
  }
  if (text == kByteOrderMark) {
    Diagnostic* mark = Break(chunk, Diag::kUnexpectedCharacter, span, {"U+FEFF"});
    if (mark != nullptr) mark->hint = HintFor(text);
    return;
  }
  bool is_visible = static_cast<uint8_t>(text[0]) > ' ' && text[0] != '\x7f' && text != "`";
  std::string shown = is_visible    ? fmt::format("`{}`", text)
                      : text == "`" ? "'`'"
                                    : fmt::format("U+{:04X}", static_cast<uint8_t>(text[0]));
  Diagnostic* bad = Break(chunk, Diag::kUnexpectedCharacter, span, {shown});
  if (bad != nullptr) bad->hint = HintFor(text);
}

void ChunkReader::Finish(Chunk& chunk) {
  Token end = tokens_.current();
  if (!open_.empty() && !stopped_) {
    EndInBrackets(chunk);
    if (end.kind != kEndOfFile) tokens_.Restart(end.begin, tokens_.docs());
  }
  if (!found_.all().empty()) {
    diagnostics_.Append(found_);
    found_ = {};
  }
  chunk.next = end.kind;
  chunk.tokens.push_back({kEndOfFile, Channel::kProgram, end.begin, end.end});
}

Diagnostic* ChunkReader::Break(Chunk& chunk, Diag id, Span span,
                               std::initializer_list<std::string_view> args) {
  if (chunk.broken) return nullptr;
  chunk.broken = true;
  return &found_.Add(id, span, args);
}

}  // namespace opsc::syntax
