#include "compiler/lsp/symbol_at.h"

#include <algorithm>

#include <fmt/format.h>

namespace opsc::lsp {
namespace {

bool Contains(Span span, FileId file, uint32_t offset) {
  return span.file == file && span.begin <= offset && offset <= span.end;
}

UseOf UseOfDecl(const ast::DeclNode& node) {
  if (std::holds_alternative<ast::FnDecl>(node)) return UseOf::kFunction;
  if (std::holds_alternative<ast::InstanceDecl>(node)) return UseOf::kInstance;
  bool type = std::holds_alternative<ast::TypeDecl>(node) ||
              std::holds_alternative<ast::ComponentDecl>(node);
  return type ? UseOf::kType : UseOf::kItem;
}

// The names that are declared in a tree, with what they are.
template <typename Visit>
void ForEachDeclared(const ast::File& tree, Visit&& visit) {
  for (const ast::Decl& decl : tree.decls) {
    if (const ast::Name* name = NameOf(decl)) visit(name->span, UseOfDecl(decl.node));
    if (const auto* type = std::get_if<ast::TypeDecl>(&decl.node)) {
      for (const ast::TypeMember& member : type->members) visit(member.name.span, UseOf::kField);
    } else if (const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node)) {
      for (const ast::InstanceMember& member : instance->members) {
        bool out = member.kind == ast::InstanceMember::Kind::kOut;
        if (out) visit(member.name.span, UseOf::kField);
      }
    } else if (const auto* fn = std::get_if<ast::FnDecl>(&decl.node)) {
      for (const ast::FnParam& param : fn->params) visit(param.name.span, UseOf::kLocal);
    } else if (const auto* loop = std::get_if<ast::ForDecl>(&decl.node)) {
      visit(loop->binder.first.span, UseOf::kLocal);
      if (loop->binder.second) visit(loop->binder.second->span, UseOf::kLocal);
    }
  }
  for (const ast::Expr& expr : tree.exprs) {
    if (const auto* lambda = std::get_if<ast::LambdaExpr>(&expr.node)) {
      for (const ast::Name& param : lambda->params) visit(param.span, UseOf::kLocal);
    } else if (const auto* comp = std::get_if<ast::ListComp>(&expr.node)) {
      visit(comp->binder.first.span, UseOf::kLocal);
      if (comp->binder.second) visit(comp->binder.second->span, UseOf::kLocal);
    } else if (const auto* map = std::get_if<ast::RecordComp>(&expr.node)) {
      visit(map->binder.first.span, UseOf::kLocal);
      if (map->binder.second) visit(map->binder.second->span, UseOf::kLocal);
    }
  }
}

bool IsIdentifierByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool HoldsWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    size_t end = at + word.size();
    bool whole = (at == 0 || !IsIdentifierByte(text[at - 1])) &&
                 (end == text.size() || !IsIdentifierByte(text[end]));
    if (whole) return true;
  }
  return false;
}

std::string HeadOf(const Declaration& d) {
  const ast::Decl& decl = d.decl();
  auto text = [&](uint32_t begin, uint32_t end) {
    std::string_view head = d.text.substr(begin, end - begin);
    while (!head.empty() && std::isspace(static_cast<unsigned char>(head.back()))) {
      head.remove_suffix(1);
    }
    return std::string(head);
  };
  if (const auto* fn = std::get_if<ast::FnDecl>(&decl.node)) {
    std::string head =
        text(decl.span.begin, fn->body ? d.tree->exprs[*fn->body].span.begin : decl.span.end);
    while (head.ends_with('=') || head.ends_with(' ')) head.pop_back();
    return head;
  }
  if (const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node)) {
    uint32_t begin = instance->type.empty() ? decl.span.begin : instance->type[0].span.begin;
    std::string head = text(begin, instance->name.span.end);
    return instance->key ? head + "[…]" : head;
  }
  if (const auto* component = std::get_if<ast::ComponentDecl>(&decl.node)) {
    return text(decl.span.begin, component->name.span.end);
  }
  constexpr uint32_t kMost = 1500;
  std::string head = text(decl.span.begin, std::min(decl.span.end, decl.span.begin + kMost));
  return decl.span.end - decl.span.begin > kMost ? head + "\n…" : head;
}

}  // namespace

std::optional<Declaration> DeclarationAt(const Program& program, Span target) {
  const ast::File* tree = nullptr;
  std::string_view text = program.store.sources()[target.file].text;
  if (const PieceState* state = program.StateOf(target.file)) {
    tree = &program.TreeOf(*state->piece);
  } else {
    for (const auto& [key, read] : program.on_demand) {
      const ast::File* it = read.tree.get();
      bool holds =
          key.first == target.file && key.second <= target.begin && !it->decls.empty() &&
          target.end <= it->decls[it->items.empty() ? ast::DeclId{0} : it->items.back()].span.end;
      if (holds) tree = it;
    }
  }
  if (!tree) return std::nullopt;
  std::optional<Declaration> found;
  uint32_t size = 0;
  for (uint32_t i = 0; i < tree->decls.size(); ++i) {
    auto id = static_cast<ast::DeclId>(i);
    Span span = tree->decls[id].span;
    if (!Contains(span, target.file, target.begin) || target.end > span.end) continue;
    if (found && span.end - span.begin >= size) continue;
    size = span.end - span.begin;
    found = Declaration{tree, id, text};
  }
  return found;
}

const ast::TypeMember* MemberAt(const Declaration& declaration, Span target) {
  const auto* type = std::get_if<ast::TypeDecl>(&declaration.decl().node);
  if (!type) return nullptr;
  for (const ast::TypeMember& member : type->members) {
    if (member.name.span == target) return &member;
  }
  return nullptr;
}

std::optional<NameAt> FindName(Workspace& w, const Spot& spot) {
  if (!spot.piece) return std::nullopt;
  FileId piece = spot.piece->file;
  uint32_t at = spot.in_piece();
  std::optional<NameAt> found;
  auto slice = LookAt(w, *spot.program, *spot.piece);
  for (const NameUse& use : slice->notes.uses) {
    if (!Contains(use.span, piece, at)) continue;
    if (!found || !found->target.valid()) found = NameAt{use.span, use.target, use.of, slice};
  }
  if (found) return found;
  ForEachDeclared(spot.program->TreeOf(*spot.piece), [&](Span span, UseOf of) {
    if (Contains(span, piece, at)) found = NameAt{span, span, of, slice};
  });
  return found;
}

std::vector<Span> UsesOf(Program& program, Span target, const std::string& name) {
  std::vector<Span> found;
  bool shown = program.Locate(target.file, target.begin).has_value();
  if (shown && target.end - target.begin == name.size()) found.push_back(target);
  std::unordered_set<FileId> pieces;
  for (size_t i = 0; i < program.pieces.size(); ++i) {
    const auto& state = program.pieces[i];
    if (!state || (state->file->absolute.empty() && static_cast<FileId>(i) != target.file))
      continue;
    auto id = static_cast<FileId>(i);
    if (HoldsWord(program.store.sources()[id].text, name)) pieces.insert(id);
  }
  if (pieces.empty()) return found;
  CheckNotes notes;
  notes.wants_uses = true;
  auto slice = CheckSlice(program, pieces, notes);
  for (const NameUse& use : slice->notes.uses) {
    bool same = use.target == target && pieces.contains(use.span.file) &&
                program.store.sources().Text(use.span) == name;
    if (same && std::ranges::find(found, use.span) == found.end()) found.push_back(use.span);
  }
  return found;
}

namespace {

// An `out` that the instance declares itself; empty: the target is none.
std::string DescribeOwnOut(const Declaration& declaration, Span target) {
  const auto* instance = std::get_if<ast::InstanceDecl>(&declaration.decl().node);
  if (instance == nullptr) return "";
  for (const ast::InstanceMember& member : instance->members) {
    if (member.kind != ast::InstanceMember::Kind::kOut) continue;
    Span name = member.name.span;
    if (name.begin != target.begin || name.end != target.end) continue;
    std::string code = fmt::format("out {}", member.name.text.text());
    if (member.type) {
      Span type = declaration.tree->types[*member.type].span;
      code += fmt::format(": {}", declaration.text.substr(type.begin, type.end - type.begin));
    }
    return CodeBlock(code) + (member.doc.empty() ? "" : "\n\n" + member.doc);
  }
  return "";
}

}  // namespace

std::string Describe(const Program& program, Span target) {
  if (!target.valid()) return "";
  auto declaration = DeclarationAt(program, target);
  if (!declaration) return "";
  if (const ast::TypeMember* member = MemberAt(*declaration, target)) {
    const ast::File& tree = *declaration->tree;
    Span type = tree.types[member->type].span;
    std::string code =
        fmt::format("{}{}: {}", member->is_out ? "out " : "", member->name.text.text(),
                    declaration->text.substr(type.begin, type.end - type.begin));
    if (member->default_value) {
      Span value = tree.exprs[*member->default_value].span;
      code += fmt::format(" = {}", declaration->text.substr(value.begin, value.end - value.begin));
    }
    return CodeBlock(code) + (member->doc.empty() ? "" : "\n\n" + member->doc);
  }
  if (std::string own = DescribeOwnOut(*declaration, target); !own.empty()) return own;
  const std::string& doc = declaration->decl().doc;
  return CodeBlock(HeadOf(*declaration)) + (doc.empty() ? "" : "\n\n" + doc);
}

ExprId ExprAt(const Slice& slice, FileId piece, uint32_t offset) {
  ExprId best = kNone<ExprId>;
  uint32_t size = 0;
  for (uint32_t i = 0; i < slice.model.exprs.size(); ++i) {
    auto id = static_cast<ExprId>(i);
    Span span = slice.model.exprs[id].span;
    if (!Contains(span, piece, offset)) continue;
    if (!IsNone(best) && span.end - span.begin > size) continue;
    best = id;
    size = span.end - span.begin;
  }
  return best;
}

std::string TypeAt(const Slice& slice, Span name) {
  const Model& model = slice.model;
  for (const Item& item : model.items) {
    const auto* let = std::get_if<LetItem>(&item.node);
    bool declared = let && item.span.file == name.file && item.span.begin <= name.begin &&
                    name.end <= item.span.end && !IsNone(let->value) &&
                    model.exprs[let->value].span.begin > name.end;
    if (declared) return model.types.Print(model.exprs[let->value].type, 400);
  }
  for (const Expr& expr : model.exprs) {
    bool whole =
        expr.span.file == name.file && expr.span.end == name.end && expr.span.begin <= name.begin;
    if (whole && !IsNone(expr.type)) return model.types.Print(expr.type, 400);
  }
  return "";
}

}  // namespace opsc::lsp
