// Outlines: the declarations of a file, and those of the workspace by name.
#include <algorithm>

#include "compiler/lsp/features.h"

namespace opsc::lsp {
namespace {

enum class SymbolKind : int {
  kModule = 2,
  kClass = 5,
  kField = 8,
  kFunction = 12,
  kVariable = 13,
  kConstant = 14,
  kObject = 19,
  kStruct = 23,
  kEvent = 24,
  kOperator = 25,
};

SymbolKind KindOf(const ast::DeclNode& node) {
  return Match(
      node, [](const ast::ImportDecl&) { return SymbolKind::kModule; },
      [](const ast::ParamDecl&) { return SymbolKind::kVariable; },
      [](const ast::LetDecl&) { return SymbolKind::kConstant; },
      [](const ast::OutDecl&) { return SymbolKind::kField; },
      [](const ast::FnDecl&) { return SymbolKind::kFunction; },
      [](const ast::TypeDecl&) { return SymbolKind::kStruct; },
      [](const ast::ComponentDecl&) { return SymbolKind::kClass; },
      [](const ast::InstanceDecl&) { return SymbolKind::kObject; },
      [](const auto&) { return SymbolKind::kOperator; });
}

std::string DetailOf(const ast::DeclNode& node) {
  const auto* instance = std::get_if<ast::InstanceDecl>(&node);
  std::string detail;
  if (instance) {
    for (const ast::Name& part : instance->type) {
      detail += (detail.empty() ? "" : ".") + part.text.str();
    }
  }
  return detail;
}

// The outline of one piece.
struct Outline {
  const Workspace& w;
  const Program& program;
  const ProgramFile& file;
  const Piece& piece;

  Range RangeOfSpan(Span span) const {
    return RangeOf(w, program, file, piece.begin + span.begin, piece.begin + span.end);
  }

  Json Entry(std::string_view name, SymbolKind kind, Span whole, Span selection) const {
    return {{"name", name.empty() ? "?" : name},
            {"kind", static_cast<int>(kind)},
            {"range", ToJson(RangeOfSpan(whole))},
            {"selectionRange", ToJson(RangeOfSpan(selection))}};
  }

  Json Fields(const ast::InstanceDecl& instance) const {
    Json fields = Json::array();
    for (const ast::InstanceMember& member : instance.members) {
      if (member.kind == ast::InstanceMember::Kind::kSpread) continue;
      Span whole{member.name.span.file, member.name.span.begin,
                 std::max(member.name.span.end, piece.tree->exprs[member.value].span.end)};
      fields.push_back(Entry(member.name.text.text(), SymbolKind::kField, whole, member.name.span));
    }
    return fields;
  }

  Json Members(const ast::TypeDecl& type) const {
    Json fields = Json::array();
    for (const ast::TypeMember& member : type.members) {
      Span whole{member.name.span.file, member.name.span.begin,
                 std::max(member.name.span.end, piece.tree->types[member.type].span.end)};
      fields.push_back(Entry(member.name.text.text(), SymbolKind::kField, whole, member.name.span));
    }
    return fields;
  }

  Json Children(const ast::DeclNode& node) const {
    if (const auto* instance = std::get_if<ast::InstanceDecl>(&node)) return Fields(*instance);
    if (const auto* type = std::get_if<ast::TypeDecl>(&node)) return Members(*type);
    if (const auto* component = std::get_if<ast::ComponentDecl>(&node))
      return All(component->items);
    if (const auto* loop = std::get_if<ast::ForDecl>(&node)) return All(loop->items);
    const auto* choice = std::get_if<ast::IfDecl>(&node);
    if (!choice) return Json::array();
    Json both = All(choice->then);
    for (Json& entry : All(choice->otherwise)) both.push_back(std::move(entry));
    return both;
  }

  Json All(const std::vector<ast::DeclId>& ids) const {
    Json entries = Json::array();
    for (ast::DeclId id : ids) {
      const ast::Decl& decl = piece.tree->decls[id];
      const ast::Name* name = NameOf(decl);
      bool block = std::holds_alternative<ast::ForDecl>(decl.node) ||
                   std::holds_alternative<ast::IfDecl>(decl.node);
      if (!name && !block) continue;
      std::string_view shown = name                                              ? name->text.text()
                               : std::holds_alternative<ast::ForDecl>(decl.node) ? "for"
                                                                                 : "if";
      Span first{decl.span.file, decl.span.begin, decl.span.begin};
      Json entry = Entry(shown, KindOf(decl.node), decl.span, name ? name->span : first);
      std::string detail = DetailOf(decl.node);
      if (!detail.empty()) entry["detail"] = detail;
      Json children = Children(decl.node);
      if (!children.empty()) entry["children"] = std::move(children);
      entries.push_back(std::move(entry));
    }
    return entries;
  }
};

bool MatchesLoosely(std::string_view query, std::string_view name) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  size_t at = 0;
  for (char c : name) {
    if (at < query.size() && lower(query[at]) == lower(c)) ++at;
  }
  return at == query.size();
}

void AddMatching(const Workspace& w, const Program& program, const ProgramFile& file,
                 const std::string& query, Json& found) {
  constexpr size_t kMost = 500;
  for (const Piece& piece : file.pieces.pieces) {
    for (const ast::Decl& decl : piece.tree->decls) {
      const ast::Name* name = NameOf(decl);
      if (!name || found.size() >= kMost || !MatchesLoosely(query, name->text.text())) continue;
      Range range =
          RangeOf(w, program, file, piece.begin + name->span.begin, piece.begin + name->span.end);
      found.push_back({{"name", name->text.text()},
                       {"kind", static_cast<int>(KindOf(decl.node))},
                       {"location", LocationJson(UriOf(w, program, file), range)},
                       {"containerName", file.path}});
    }
  }
}

}  // namespace

Json DocumentSymbols(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  Json symbols = Json::array();
  for (const Piece& piece : home->file->pieces.pieces) {
    Outline outline{w, *home->program, *home->file, piece};
    for (Json& entry : outline.All(piece.tree->items)) symbols.push_back(std::move(entry));
  }
  return symbols;
}

Json WorkspaceSymbols(Workspace& w, const Json& params) {
  auto query = params.at("query").get<std::string>();
  Json found = Json::array();
  for (const auto& [root, program] : w.programs) {
    for (const auto& [path, module] : program->modules) {
      for (const auto& file : module.files) {
        if (!file->absolute.empty()) AddMatching(w, *program, *file, query, found);
      }
    }
  }
  return found;
}

}  // namespace opsc::lsp
