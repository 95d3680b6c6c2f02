#include "compiler/lsp/hole_at.h"

#include <algorithm>
#include <array>

#include "compiler/lsp/literal_text.h"
#include "compiler/syntax/token_class.h"

namespace opsc::lsp {
namespace {

using syntax::Lexer;
using syntax::Token;
using syntax::TokenClass;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What is open at the end of a text, and how it begins.
struct Before {
  std::string closers;  // innermost first
  std::vector<TokenClass> open;
  uint32_t string_begin = 0;  // of the innermost quote
  bool in_comment = false;
  size_t tokens = 0;
  syntax::Kind first = syntax::kEndOfFile;
  TokenClass last = TokenClass::kOther;
};

void Close(Before& before) {
  if (!before.open.empty()) before.open.pop_back();
}

void Take(Before& before, const Token& token) {
  TokenClass kind = syntax::ClassOf(token.kind);
  switch (kind) {
    case TokenClass::kQuote:
    case TokenClass::kBlockQuote:
      before.string_begin = token.end;
      [[fallthrough]];
    case TokenClass::kOpenBrace:
    case TokenClass::kOpenParenthesis:
    case TokenClass::kOpenBracket:
    case TokenClass::kOpenInterpolation:
      before.open.push_back(kind);
      break;
    case TokenClass::kClose:
    case TokenClass::kEndQuote:
    case TokenClass::kUnclosed:
      Close(before);
      break;
    default:
      break;
  }
  if (before.tokens++ == 0) before.first = token.kind;
  before.last = kind;
}

std::string_view CloserOf(TokenClass open) {
  switch (open) {
    case TokenClass::kQuote:
      return "\"";
    case TokenClass::kBlockQuote:
      return "\n\"\"\"";
    case TokenClass::kOpenParenthesis:
      return ")";
    case TokenClass::kOpenBracket:
      return "]";
    default:
      return "}";
  }
}

Before Scan(std::string_view text) {
  Before before;
  Lexer lexer(text);
  for (Token token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    bool at_end = token.end == text.size();
    if (token.channel != syntax::Channel::kProgram) {
      std::string_view comment = text.substr(token.begin, token.end - token.begin);
      before.in_comment = at_end && !comment.ends_with("*/") && !comment.ends_with('\n');
      continue;
    }
    bool unclosed_comment =
        token.kind == syntax::kBadCharacter && text.substr(token.begin).starts_with("/*");
    if (unclosed_comment) before.in_comment = true;
    Take(before, token);
  }
  for (auto it = before.open.rbegin(); it != before.open.rend(); ++it)
    before.closers += CloserOf(*it);
  return before;
}

// What may have to stand behind the hole, and behind all that is open, for it to parse.
struct Suffix {
  std::string_view hole;
  std::string_view end;
};
constexpr std::array kSuffixes{
    Suffix{"", ""},           Suffix{": null", ""},         Suffix{" = null", ""},
    Suffix{"", " = null"},    Suffix{" x {}", ""},          Suffix{" {}", ""},
    Suffix{"", " {}"},        Suffix{" => null", ""},       Suffix{" then null else null", ""},
    Suffix{" else null", ""}, Suffix{"", " -> int = null"}, Suffix{" = null", "}"},
};

std::shared_ptr<Slice> Check(Program& program, const Piece& piece, std::string text) {
  auto slice = CheckHole(program, piece, std::move(text));
  return slice && slice->notes.found ? slice : nullptr;
}

// With what follows the cursor where that parses, else without it.
std::shared_ptr<Slice> FillIn(Program& program, const Piece& piece, std::string_view before,
                              std::string_view after, const std::string& closers) {
  std::string head = std::string(before) + std::string(kHoleName);
  if (after.find_first_not_of(" \t\r\n") != after.npos) {
    for (size_t i = 0; i < 2; ++i) {
      std::string text = head + std::string(kSuffixes[i].hole) + std::string(after);
      if (auto slice = Check(program, piece, std::move(text))) return slice;
    }
  }
  for (const Suffix& suffix : kSuffixes) {
    std::string text = head + std::string(suffix.hole) + closers + std::string(suffix.end);
    if (auto slice = Check(program, piece, std::move(text))) return slice;
  }
  return nullptr;
}

// The piece that the cursor is in, or that it would go on with: what is broken may want more.
const Piece* PieceFor(const Spot& spot) {
  const auto& pieces = spot.file->pieces.pieces;
  const Piece* at = spot.piece;
  if (at && spot.offset > at->first) return at;
  auto index = at ? static_cast<size_t>(at - pieces.data()) : pieces.size();
  if (index == 0) return nullptr;
  const Piece& before = pieces[index - 1];
  return before.errors > 0 ? &before : nullptr;
}

HoleAt::In OutsideOf(const Before& before) {
  if (before.tokens == 0) return HoleAt::In::kItem;
  if (before.last == TokenClass::kAt) return HoleAt::In::kAnnotation;
  return syntax::IsImport(before.first) ? HoleAt::In::kImport : HoleAt::In::kPiece;
}

bool BeginsWithDigit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

}  // namespace

HoleAt FindHole(const Spot& spot) {
  HoleAt hole;
  std::string_view text = spot.text();
  hole.begin = spot.offset;
  while (hole.begin > 0 && IsWord(text[hole.begin - 1])) --hole.begin;
  const Piece* piece = PieceFor(spot);
  uint32_t base = piece ? piece->begin : 0;
  if (!piece) {
    const auto& pieces = spot.file->pieces.pieces;
    if (spot.piece) base = spot.piece->begin;
    if (!spot.piece && !pieces.empty()) base = pieces.back().end;
  }
  hole.begin = std::max(hole.begin, base);
  std::string_view head = text.substr(base, hole.begin - base);
  Before before = Scan(head);
  hole.typed = text.substr(hole.begin, spot.offset - hole.begin);
  if (before.in_comment) return hole;
  hole.is_number = BeginsWithDigit(hole.typed);
  hole.in = OutsideOf(before);
  bool quoted = !before.open.empty() && (before.open.back() == TokenClass::kQuote);
  if (!before.open.empty() && before.open.back() == TokenClass::kBlockQuote) return hole = {};
  if (quoted) {  // the whole string is the hole
    hole.in_string = true;
    hole.begin = base + before.string_begin;
    hole.typed = text.substr(hole.begin, spot.offset - hole.begin);
    head = text.substr(base, before.string_begin - 1);
    before = Scan(head);
  }
  if (hole.in != HoleAt::In::kPiece || !piece) return hole;
  std::string_view after;
  if (spot.offset < piece->end) after = text.substr(spot.offset, piece->end - spot.offset);
  if (quoted) {
    size_t end = after.find_first_of("\"\n");
    after = end != after.npos && after[end] == '"' ? after.substr(end + 1) : std::string_view();
  } else {
    size_t rest = 0;
    while (rest < after.size() && IsWord(after[rest])) ++rest;
    after.remove_prefix(rest);
  }
  hole.slice = FillIn(*spot.program, *piece, head, after, before.closers);
  return hole;
}

}  // namespace opsc::lsp
