// Outlines: the declarations of a file, and those of the workspace by name.
#include <algorithm>
#include <tuple>

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

SymbolKind KindOf(const DeclaredName& name) {
  switch (name.of) {
    case UseOf::kFunction:
      return SymbolKind::kFunction;
    case UseOf::kType:
      return name.is_component ? SymbolKind::kClass : SymbolKind::kStruct;
    case UseOf::kInstance:
      return SymbolKind::kObject;
    default:
      return name.kind == IndexedDecl::Kind::kBroken ? SymbolKind::kOperator
                                                     : SymbolKind::kConstant;
  }
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

  const ast::File& tree() const { return program.TreeOf(piece); }

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
                 std::max(member.name.span.end, tree().exprs[member.value].span.end)};
      fields.push_back(Entry(member.name.text.text(), SymbolKind::kField, whole, member.name.span));
    }
    return fields;
  }

  Json Members(const ast::TypeDecl& type) const {
    Json fields = Json::array();
    for (const ast::TypeMember& member : type.members) {
      Span whole{member.name.span.file, member.name.span.begin,
                 std::max(member.name.span.end, tree().types[member.type].span.end)};
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
      const ast::Decl& decl = tree().decls[id];
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

// How well a name answers a query, best first.
enum class Likeness : uint8_t { kWhole, kPrefix, kInside, kScattered, kNone };

// Letters of either case are alike.
Likeness LikenessOf(std::string_view query, std::string_view name) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  auto alike = [&](char a, char b) { return lower(a) == lower(b); };
  auto inside = std::ranges::search(name, query, alike);
  if (!inside.empty() || query.empty()) {
    if (inside.begin() != name.begin()) return Likeness::kInside;
    return query.size() == name.size() ? Likeness::kWhole : Likeness::kPrefix;
  }
  size_t at = 0;
  for (char c : name) {
    if (at < query.size() && alike(query[at], c)) ++at;
  }
  return at == query.size() ? Likeness::kScattered : Likeness::kNone;
}

// A declaration that answers a query.
struct Answer {
  Likeness likeness;
  const Program* program;
  const ProgramFile* file;
  const Piece* piece;
  SymbolKind kind;
  Symbol name;
  Span span;

  auto Key() const {
    return std::tuple(likeness, name.text().size(), name.text(), std::string_view(file->path),
                      piece->begin + span.begin);
  }
};

void AddAnswers(const Program& program, const ProgramFile& file, const std::string& query,
                std::vector<Answer>& answers) {
  for (const Piece& piece : file.pieces.pieces) {
    auto add = [&](SymbolKind kind, Symbol name, Span span) {
      Likeness likeness = LikenessOf(query, name.text());
      if (likeness == Likeness::kNone) return;
      answers.push_back({likeness, &program, &file, &piece, kind, name, span});
    };
    const PieceIndex& index = program.StateOf(piece.file)->index;
    if (!index.is_nested && !index.is_interface) {  // then no tree is needed
      for (const DeclaredName& name : index.names) add(KindOf(name), name.name, name.span);
      continue;
    }
    for (const ast::Decl& decl : program.TreeOf(piece).decls) {
      if (const ast::Name* name = NameOf(decl)) add(KindOf(decl.node), name->text, name->span);
    }
  }
}

Json ToJson(const Workspace& w, const Answer& answer) {
  uint32_t begin = answer.piece->begin;
  Span span = answer.span;
  Range range = RangeOf(w, *answer.program, *answer.file, begin + span.begin, begin + span.end);
  return {{"name", answer.name.text()},
          {"kind", static_cast<int>(answer.kind)},
          {"location", LocationJson(UriOf(w, *answer.program, *answer.file), range)},
          {"containerName", answer.file->path}};
}

}  // namespace

Json DocumentSymbols(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  Json symbols = Json::array();
  for (const Piece& piece : home->file->pieces.pieces) {
    Outline outline{w, *home->program, *home->file, piece};
    for (Json& entry : outline.All(outline.tree().items)) symbols.push_back(std::move(entry));
  }
  return symbols;
}

Json WorkspaceSymbols(Workspace& w, const Json& params) {
  constexpr size_t kMost = 500;
  auto query = params.at("query").get<std::string>();
  std::vector<Answer> answers;
  for (const auto& [root, program] : w.programs) {
    for (const auto& [path, module] : program->modules) {
      for (const auto& file : module.files) {
        if (!file->absolute.empty()) AddAnswers(*program, *file, query, answers);
      }
    }
  }
  std::ranges::sort(answers, {}, &Answer::Key);
  Json found = Json::array();
  for (const Answer& answer : answers) {
    if (found.size() == kMost) break;
    found.push_back(ToJson(w, answer));
  }
  return found;
}

}  // namespace opsc::lsp
