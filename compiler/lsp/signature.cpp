// The parameters of the call around the cursor.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/symbol_at.h"
#include "compiler/syntax/token_class.h"

namespace opsc::lsp {
namespace {

using syntax::TokenClass;

// The innermost open parenthesis that follows a name, and the argument that the cursor is in.
struct CallAt {
  uint32_t name_end = 0;  // in the piece
  int argument = 0;
  std::string named;  // `name:` of the argument, if it has one
  bool is_method = false;
};

struct Level {
  TokenClass kind;
  bool is_call = false;
  CallAt call;
};

std::optional<CallAt> CallBefore(std::string_view text, uint32_t offset) {
  std::vector<Level> levels;
  syntax::Lexer lexer(text.substr(0, offset));
  syntax::Token last{};
  syntax::Token before_last{};
  for (auto token = lexer.Next(); token.kind != syntax::kEndOfFile; token = lexer.Next()) {
    if (token.channel != syntax::Channel::kProgram) continue;
    TokenClass kind = syntax::ClassOf(token.kind);
    bool opens = kind == TokenClass::kOpenBrace || kind == TokenClass::kOpenParenthesis ||
                 kind == TokenClass::kOpenBracket || kind == TokenClass::kOpenInterpolation ||
                 kind == TokenClass::kQuote || kind == TokenClass::kBlockQuote;
    if (opens) {
      bool call =
          kind == TokenClass::kOpenParenthesis && syntax::ClassOf(last.kind) == TokenClass::kName;
      bool method = call && syntax::ClassOf(before_last.kind) == TokenClass::kDot;
      levels.push_back({kind, call, {last.end, 0, "", method}});
    } else if (kind == TokenClass::kClose || kind == TokenClass::kEndQuote ||
               kind == TokenClass::kUnclosed) {
      if (!levels.empty()) levels.pop_back();
    } else if (kind == TokenClass::kComma && !levels.empty()) {
      ++levels.back().call.argument;
      levels.back().call.named.clear();
    } else if (kind == TokenClass::kColon && !levels.empty()) {
      levels.back().call.named = text.substr(last.begin, last.end - last.begin);
    }
    before_last = last;
    last = token;
  }
  for (auto it = levels.rbegin(); it != levels.rend(); ++it) {
    if (it->is_call) return it->call;
  }
  return std::nullopt;
}

// The function of that name: of the module, else of the prelude; with its tree.
std::optional<Declaration> FunctionNamed(const Program& program, const ProgramModule& module,
                                         std::string_view name) {
  auto it = program.declared.find(Symbol(name));
  if (it == program.declared.end()) return std::nullopt;
  std::optional<Declaration> found;
  for (FileId id : it->second) {
    const PieceState* state = program.StateOf(id);
    if (!state) continue;
    const ast::File& tree = program.TreeOf(*state->piece);
    for (uint32_t i = 0; i < tree.decls.size(); ++i) {
      auto decl = static_cast<ast::DeclId>(i);
      const auto* fn = std::get_if<ast::FnDecl>(&tree.decls[decl].node);
      if (!fn || fn->name.text.text() != name) continue;
      bool own = state->file->module == &module;
      if (!found || own) found = Declaration{&tree, decl, program.store.sources()[id].text};
    }
  }
  return found;
}

std::string TextOf(const Declaration& d, Span span) {
  return std::string(d.text.substr(span.begin, span.end - span.begin));
}

Json SignatureJson(const Declaration& d, const CallAt& call) {
  const auto& fn = std::get<ast::FnDecl>(d.decl().node);
  std::string label = fn.name.text.str() + "(";
  Json parameters = Json::array();
  int active = call.argument + (call.is_method ? 1 : 0);
  for (size_t i = 0; i < fn.params.size(); ++i) {
    const ast::FnParam& param = fn.params[i];
    std::string text = fmt::format("{}{}: {}", param.variadic ? "..." : "", param.name.text.text(),
                                   TextOf(d, d.tree->types[param.type].span));
    if (param.default_value) text += " = " + TextOf(d, d.tree->exprs[*param.default_value].span);
    label += (i == 0 ? "" : ", ") + text;
    parameters.push_back({{"label", text}});
    if (param.name.text.text() == call.named) active = static_cast<int>(i);
  }
  label += ") -> " + TextOf(d, d.tree->types[fn.result].span);
  bool variadic = !fn.params.empty() && fn.params.back().variadic;
  int last = static_cast<int>(fn.params.size()) - 1;
  if (variadic) active = std::min(active, last);
  Json signature = {{"label", label}, {"parameters", std::move(parameters)}};
  if (!d.decl().doc.empty()) signature["documentation"] = Markdown(d.decl().doc);
  if (active <= last) signature["activeParameter"] = active;
  return signature;
}

}  // namespace

Json SignatureHelp(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  if (!spot || !spot->file->in_pieces) return nullptr;
  // Text may follow what is read as the piece: a call that is not closed yet ends at the next item.
  const auto& pieces = spot->file->pieces.pieces;
  size_t index = spot->piece ? static_cast<size_t>(spot->piece - pieces.data()) : pieces.size();
  bool within = spot->piece && spot->offset > spot->piece->first;
  if (!within && index == 0) return nullptr;
  const Piece& piece = within ? *spot->piece : pieces[index - 1];
  std::string_view text = spot->text().substr(piece.begin, spot->offset - piece.begin);
  auto call = CallBefore(text, static_cast<uint32_t>(text.size()));
  if (!call) return nullptr;
  uint32_t begin = call->name_end;
  while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) != 0 ||
                       text[begin - 1] == '_')) {
    --begin;
  }
  std::string_view name = text.substr(begin, call->name_end - begin);
  auto function = FunctionNamed(*spot->program, *spot->file->module, name);
  if (!function) return nullptr;
  return {{"signatures", Json::array({SignatureJson(*function, *call)})}, {"activeSignature", 0}};
}

}  // namespace opsc::lsp
