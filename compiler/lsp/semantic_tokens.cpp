// Colours: by the lexer where the text says it, by the check where only the program does.
#include <algorithm>
#include <array>

#include "compiler/lsp/features.h"
#include "compiler/syntax/token_class.h"

namespace opsc::lsp {
namespace {

enum class Colour : uint8_t {
  kNamespace,
  kType,
  kClass,
  kParameter,
  kVariable,
  kProperty,
  kFunction,
  kKeyword,
  kComment,
  kString,
  kNumber,
  kRegexp,
  kOperator,
  kDecorator,
  kNone,
};
constexpr std::array kLegend{"namespace", "type",     "class",    "parameter", "variable",
                             "property",  "function", "keyword",  "comment",   "string",
                             "number",    "regexp",   "operator", "decorator"};
constexpr std::array kModifiers{"declaration", "readonly", "defaultLibrary"};
constexpr uint32_t kDeclaration = 1;
constexpr uint32_t kReadonly = 2;
constexpr uint32_t kDefaultLibrary = 4;

struct Coloured {
  uint32_t begin;  // in the file
  uint32_t end;
  Colour colour;
  uint32_t modifiers = 0;
};

Colour ColourOf(UseOf of) {
  switch (of) {
    case UseOf::kModule:
      return Colour::kNamespace;
    case UseOf::kType:
      return Colour::kType;
    case UseOf::kFunction:
      return Colour::kFunction;
    case UseOf::kLocal:
    case UseOf::kArgument:
      return Colour::kParameter;
    case UseOf::kField:
      return Colour::kProperty;
    case UseOf::kItem:
    case UseOf::kInstance:
      return Colour::kVariable;
  }
  return Colour::kVariable;
}

Colour ColourOf(syntax::TokenClass kind) {
  switch (kind) {
    case syntax::TokenClass::kKeyword:
    case syntax::TokenClass::kConstant:
      return Colour::kKeyword;
    case syntax::TokenClass::kNumber:
      return Colour::kNumber;
    case syntax::TokenClass::kString:
    case syntax::TokenClass::kQuote:
    case syntax::TokenClass::kBlockQuote:
    case syntax::TokenClass::kEndQuote:
      return Colour::kString;
    case syntax::TokenClass::kRegex:
      return Colour::kRegexp;
    case syntax::TokenClass::kOperator:
      return Colour::kOperator;
    case syntax::TokenClass::kAt:
      return Colour::kDecorator;
    default:
      return Colour::kNone;
  }
}

// Names of a piece by where they begin, in the piece.
std::map<uint32_t, Coloured> NamesIn(Workspace& w, Program& program, const Piece& piece) {
  std::map<uint32_t, Coloured> names;
  auto slice = LookAt(w, program, piece);
  for (const NameUse& use : slice->notes.uses) {
    if (use.span.file != piece.file) continue;
    const PieceState* target = program.StateOf(use.target.file);
    bool ours = target && !target->file->absolute.empty();
    uint32_t modifiers = use.target.valid() && !ours ? kDefaultLibrary : 0;
    if (use.of == UseOf::kItem) modifiers |= kReadonly;
    names[use.span.begin] = {use.span.begin, use.span.end, ColourOf(use.of), modifiers};
  }
  const ast::File& tree = program.TreeOf(piece);
  for (const ast::Decl& decl : tree.decls) {
    const ast::Name* name = NameOf(decl);
    if (!name) continue;
    bool fn = std::holds_alternative<ast::FnDecl>(decl.node);
    bool type = std::holds_alternative<ast::TypeDecl>(decl.node) ||
                std::holds_alternative<ast::ComponentDecl>(decl.node);
    Colour colour = fn ? Colour::kFunction : type ? Colour::kType : Colour::kVariable;
    names[name->span.begin] = {name->span.begin, name->span.end, colour, kDeclaration};
    if (const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node)) {
      for (const ast::InstanceMember& member : instance->members) {
        if (member.kind == ast::InstanceMember::Kind::kSpread) continue;
        Span span = member.name.span;
        names[span.begin] = {span.begin, span.end, Colour::kProperty, 0};
      }
    }
  }
  for (const ast::Expr& expr : tree.exprs) {
    const auto* record = std::get_if<ast::RecordLit>(&expr.node);
    if (!record) continue;
    for (const ast::RecordEntry& entry : record->entries) {
      Span span = entry.name.span;
      if (span.valid() && span.end > span.begin) {
        names[span.begin] = {span.begin, span.end, Colour::kProperty, 0};
      }
    }
  }
  return names;
}

void ColourPiece(Workspace& w, Program& program, const ProgramFile& file, const Piece& piece,
                 std::vector<Coloured>& all) {
  std::map<uint32_t, Coloured> names = NamesIn(w, program, piece);
  std::string_view text = program.TextOf(file).substr(0, piece.end).substr(piece.begin);
  syntax::Lexer lexer(text);
  bool after_at = false;
  for (auto token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    syntax::TokenClass kind = syntax::ClassOf(token.kind);
    Coloured coloured{token.begin, token.end, ColourOf(kind)};
    if (token.channel != syntax::Channel::kProgram) coloured.colour = Colour::kComment;
    auto name = names.find(token.begin);
    bool is_name = kind == syntax::TokenClass::kName || kind == syntax::TokenClass::kKeyword;
    if (is_name && name != names.end() && name->second.end == token.end) coloured = name->second;
    if (after_at && is_name) coloured.colour = Colour::kDecorator;
    after_at = kind == syntax::TokenClass::kAt;
    if (coloured.colour == Colour::kNone) continue;
    coloured.begin += piece.begin;
    coloured.end += piece.begin;
    all.push_back(coloured);
  }
}

// Trivia behind the last piece.
void ColourTail(const Program& program, const ProgramFile& file, std::vector<Coloured>& all) {
  std::string_view text = program.TextOf(file);
  uint32_t begin = file.pieces.pieces.empty() ? 0 : file.pieces.pieces.back().end;
  syntax::Lexer lexer(text.substr(begin));
  for (auto token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    if (token.channel == syntax::Channel::kProgram) continue;
    all.push_back({begin + token.begin, begin + token.end, Colour::kComment});
  }
}

// Tokens stay within a line.
Json Encode(const Workspace& w, const Program& program, const ProgramFile& file,
            const std::vector<Coloured>& all) {
  std::string_view text = program.TextOf(file);
  std::vector<uint32_t> data;
  Position last;
  for (const Coloured& token : all) {
    for (uint32_t begin = token.begin; begin < token.end;) {
      size_t newline = std::min<size_t>(text.find_first_of("\r\n", begin), token.end);
      auto end = static_cast<uint32_t>(newline);
      if (end > begin) {
        Position at = file.lines.At(text, begin, w.encoding);
        data.push_back(at.line - last.line);
        data.push_back(at.line == last.line ? at.character - last.character : at.character);
        data.push_back(Units(text.substr(begin, end - begin), w.encoding));
        data.push_back(static_cast<uint32_t>(token.colour));
        data.push_back(token.modifiers);
        last = at;
      }
      begin = end + 1;
    }
  }
  return {{"data", data}};
}

Json Tokens(Workspace& w, const Home& home, uint32_t begin, uint32_t end) {
  std::vector<Coloured> all;
  for (const Piece& piece : home.file->pieces.pieces) {
    if (piece.end < begin || piece.begin > end) continue;
    ColourPiece(w, *home.program, *home.file, piece, all);
  }
  ColourTail(*home.program, *home.file, all);
  return Encode(w, *home.program, *home.file, all);
}

}  // namespace

Json SemanticTokensLegend() {
  return {{"tokenTypes", kLegend}, {"tokenModifiers", kModifiers}};
}

Json SemanticTokens(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home || !home->file->in_pieces) return nullptr;
  return Tokens(w, *home, 0, static_cast<uint32_t>(home->program->TextOf(*home->file).size()));
}

Json SemanticTokensRange(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home || !home->file->in_pieces) return nullptr;
  Range range = RangeFrom(params.at("range"));
  std::string_view text = home->program->TextOf(*home->file);
  return Tokens(w, *home, home->file->lines.Offset(text, range.start, w.encoding),
                home->file->lines.Offset(text, range.end, w.encoding));
}

}  // namespace opsc::lsp
