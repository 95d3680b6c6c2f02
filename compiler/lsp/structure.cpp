// Folding, widening of selections, links, and formatting: what the text alone tells.
#include <algorithm>

#include "compiler/lsp/features.h"
#include "compiler/lsp/literal_text.h"
#include "compiler/lsp/uri.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/token_class.h"

namespace opsc::lsp {
namespace {

using syntax::TokenClass;

bool Opens(TokenClass kind) {
  return kind == TokenClass::kOpenBrace || kind == TokenClass::kOpenParenthesis ||
         kind == TokenClass::kOpenBracket || kind == TokenClass::kBlockQuote;
}

void AddFold(Json& folds, uint32_t first, uint32_t last, const char* kind) {
  if (last <= first) return;
  Json fold = {{"startLine", first}, {"endLine", last}};
  if (kind) fold["kind"] = kind;
  folds.push_back(std::move(fold));
}

// Brackets over lines, and runs of comment lines.
Json FoldsOf(std::string_view text, const LineTable& lines) {
  Json folds = Json::array();
  std::vector<std::pair<TokenClass, uint32_t>> open;
  syntax::Lexer lexer(text);
  uint32_t first_comment = 0;
  uint32_t last_comment = 0;
  bool in_comments = false;
  auto end_comments = [&] {
    if (in_comments) AddFold(folds, first_comment, last_comment, "comment");
    in_comments = false;
  };
  for (auto token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    uint32_t line = lines.At(text, token.begin, Encoding::kUtf8).line;
    uint32_t end_line = lines.At(text, token.end, Encoding::kUtf8).line;
    if (token.channel != syntax::Channel::kProgram) {
      if (in_comments && line > last_comment + 1) end_comments();
      if (!in_comments) first_comment = line;
      in_comments = true;
      last_comment = end_line;
      continue;
    }
    end_comments();
    TokenClass kind = syntax::ClassOf(token.kind);
    bool text_begins = kind == TokenClass::kQuote || kind == TokenClass::kOpenInterpolation;
    if (Opens(kind) || text_begins) {
      open.emplace_back(kind, line);
    } else if ((kind == TokenClass::kClose || kind == TokenClass::kEndQuote ||
                kind == TokenClass::kUnclosed) &&
               !open.empty()) {
      bool block = open.back().first == TokenClass::kBlockQuote;
      uint32_t last = block ? line : line == 0 ? 0 : line - 1;
      if (Opens(open.back().first)) AddFold(folds, open.back().second, last, nullptr);
      open.pop_back();
    }
  }
  end_comments();
  return folds;
}

// Spans of a piece's tree around an offset, innermost first.
std::vector<std::pair<uint32_t, uint32_t>> Around(const ast::File& tree, uint32_t at) {
  std::vector<std::pair<uint32_t, uint32_t>> spans;
  auto add = [&](Span span) {
    bool around = span.valid() && span.begin <= at && at <= span.end;
    if (around) spans.emplace_back(span.begin, span.end);
  };
  for (const ast::Expr& expr : tree.exprs) add(expr.span);
  for (const ast::TypeExpr& type : tree.types) add(type.span);
  for (const ast::Decl& decl : tree.decls) {
    add(decl.span);
    if (const ast::Name* name = NameOf(decl)) add(name->span);
    const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node);
    if (!instance) continue;
    for (const ast::InstanceMember& member : instance->members) {
      Span value = tree.exprs[member.value].span;
      add(member.name.span);
      add({value.file, std::min(member.name.span.begin, value.begin), value.end});
    }
  }
  std::ranges::sort(spans, {}, [](auto s) { return std::pair(s.second - s.first, s.first); });
  auto rest = std::ranges::unique(spans);
  spans.erase(rest.begin(), rest.end());
  return spans;
}

Json SelectionAt(const Workspace& w, const Home& home, uint32_t offset) {
  const Program& program = *home.program;
  auto size = static_cast<uint32_t>(program.TextOf(*home.file).size());
  Json chain = {{"range", ToJson(RangeOf(w, program, *home.file, 0, size))}};
  const Piece* piece = program.PieceAt(*home.file, offset);
  if (!piece || offset < piece->begin) return chain;
  auto spans = Around(program.TreeOf(*piece), offset - piece->begin);
  std::pair<uint32_t, uint32_t> outer{0, size};
  for (auto it = spans.rbegin(); it != spans.rend(); ++it) {
    std::pair<uint32_t, uint32_t> span{piece->begin + it->first, piece->begin + it->second};
    if (span.first < outer.first || span.second > outer.second || span == outer) continue;
    outer = span;
    chain = {{"range", ToJson(RangeOf(w, program, *home.file, span.first, span.second))},
             {"parent", std::move(chain)}};
  }
  return chain;
}

// One edit that leaves the common begin and end of both texts alone.
Json SmallestEdit(const Workspace& w, const Home& home, std::string_view from,
                  std::string_view to) {
  size_t begin = 0;
  while (begin < from.size() && begin < to.size() && from[begin] == to[begin]) ++begin;
  while (begin > 0 && from[begin - 1] != '\n') --begin;
  size_t end = 0;
  while (end < from.size() - begin && end < to.size() - begin &&
         from[from.size() - 1 - end] == to[to.size() - 1 - end]) {
    ++end;
  }
  while (end > 0 && from[from.size() - end] != '\n') --end;  // a cut character would be none
  if (begin == from.size() && from.size() == to.size()) return Json::array();
  Range range = RangeOf(w, *home.program, *home.file, static_cast<uint32_t>(begin),
                        static_cast<uint32_t>(from.size() - end));
  return Json::array({TextEditJson(range, to.substr(begin, to.size() - end - begin))});
}

}  // namespace

Json FoldingRanges(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  return FoldsOf(home->program->TextOf(*home->file), home->file->lines);
}

Json SelectionRanges(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  std::string_view text = home->program->TextOf(*home->file);
  Json ranges = Json::array();
  for (const Json& position : params.at("positions")) {
    uint32_t offset = home->file->lines.Offset(text, PositionFrom(position), w.encoding);
    ranges.push_back(SelectionAt(w, *home, offset));
  }
  return ranges;
}

Json Formatting(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home || home->file->absolute.empty()) return nullptr;
  Diagnostics diagnostics;
  auto formatted = Format(home->program->store.sources(), home->file->pieces.source, diagnostics);
  if (!formatted) return nullptr;  // the diagnostics say why
  std::string_view text = home->program->TextOf(*home->file);
  if (text == *formatted) return Json::array();
  return SmallestEdit(w, *home, text, *formatted);
}

Json DocumentLinks(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  Json links = Json::array();
  for (const Piece& piece : home->file->pieces.pieces) {
    const ast::File& tree = home->program->TreeOf(piece);
    for (ast::DeclId id : tree.items) {
      const ast::Decl& decl = tree.decls[id];
      const auto* import = std::get_if<ast::ImportDecl>(&decl.node);
      if (!import || !import->path) continue;
      const ProgramModule* module =
          home->program->ModuleAt(w.host->import_path(home->file->module->path, *import));
      if (!module) continue;
      Range range = RangeOf(w, *home->program, *home->file, piece.begin + decl.span.begin,
                            piece.begin + decl.span.end);
      links.push_back(
          {{"range", ToJson(range)}, {"target", UriOf(w, *home->program, *module->files[0])}});
    }
  }
  return links;
}

}  // namespace opsc::lsp
