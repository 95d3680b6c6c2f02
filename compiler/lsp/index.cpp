#include "compiler/lsp/index.h"

#include <algorithm>

namespace opsc::lsp {
namespace {

using Kind = IndexedDecl::Kind;

std::string_view TextOf(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

std::string_view LastSegment(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

Symbol NameOfImport(const ast::ImportDecl& import) {
  if (import.alias) return import.alias->text;
  if (!import.path && !import.qname.empty()) return import.qname.back().text;
  return import.path ? Symbol(LastSegment(*import.path)) : Symbol();
}

// Collects what one piece declares.
struct Indexer {
  const ast::File& tree;
  std::string_view text;
  PieceIndex& index;

  void Declare(const ast::Name& name, Kind kind, UseOf of = UseOf::kItem) {
    index.names.push_back({name.text, name.span, kind, false, of});
  }

  // Instances are found from anywhere in their module, also those below `for` and `if`.
  void Nested(const std::vector<ast::DeclId>& ids) {
    for (ast::DeclId id : ids) {
      const ast::DeclNode& node = tree.decls[id].node;
      if (const auto* instance = std::get_if<ast::InstanceDecl>(&node)) {
        Declare(instance->name, Kind::kValue, UseOf::kInstance);
      } else if (const auto* loop = std::get_if<ast::ForDecl>(&node)) {
        Nested(loop->items);
      } else if (const auto* choice = std::get_if<ast::IfDecl>(&node)) {
        Nested(choice->then);
        Nested(choice->otherwise);
      } else if (const auto* broken = std::get_if<ast::ErrorDecl>(&node); broken && broken->name) {
        Declare(*broken->name, Kind::kBroken);
      }
    }
  }

  void Function(const ast::FnDecl& fn, Span span) {
    Declare(fn.name, Kind::kFunction, UseOf::kFunction);
    uint32_t end = fn.body ? tree.exprs[*fn.body].span.begin : span.end;
    index.head = TextOf(text, {span.file, span.begin, end});
  }

  void Interface(Span span) {
    index.is_interface = true;
    index.head = TextOf(text, span);
  }

  void Import(const ast::ImportDecl& import, Span span) {
    index.is_interface = index.is_import = index.is_deep = true;
    index.head = TextOf(text, span);
    index.names.push_back({NameOfImport(import), span, Kind::kAny, false, UseOf::kModule});
  }

  void Item(const ast::Decl& decl) {
    Match(
        decl.node, [&](const ast::ImportDecl& d) { Import(d, decl.span); },
        [&](const ast::ParamDecl& d) {
          Declare(d.name, Kind::kValue);
          Interface(decl.span);
        },
        [&](const ast::OutDecl&) { Interface(decl.span); },
        [&](const ast::LetDecl& d) { Declare(d.name, Kind::kValue); },
        [&](const ast::FnDecl& d) { Function(d, decl.span); },
        [&](const ast::TypeDecl& d) {
          Declare(d.name, Kind::kType, UseOf::kType);
          index.names.back().is_instantiable = d.is_extern;
          index.is_deep = true;
          index.head = TextOf(text, decl.span);
        },
        [&](const ast::ComponentDecl& d) {
          Declare(d.name, Kind::kType, UseOf::kType);
          index.names.back().is_component = index.names.back().is_instantiable = true;
        },
        [&](const ast::InstanceDecl& d) { Declare(d.name, Kind::kValue, UseOf::kInstance); },
        [&](const ast::ForDecl& d) { Nested(d.items); },
        [&](const ast::IfDecl& d) {
          Nested(d.then);
          Nested(d.otherwise);
        },
        [&](const ast::ErrorDecl& d) {
          if (d.name) Declare(*d.name, Kind::kBroken);
        },
        [](const auto&) {});
  }

  void Mention(const ast::Expr& expr) {
    if (const auto* ref = std::get_if<ast::NameRef>(&expr.node)) {
      index.mentions.push_back(ref->name.text);
    } else if (const auto* member = std::get_if<ast::MemberExpr>(&expr.node)) {
      bool of_name = std::holds_alternative<ast::NameRef>(tree.exprs[member->object].node);
      if (of_name) index.mentions.push_back(member->name.text);
    } else if (const auto* call = std::get_if<ast::CallExpr>(&expr.node)) {
      const auto* method = std::get_if<ast::MemberExpr>(&tree.exprs[call->callee].node);
      if (method) index.mentions.push_back(method->name.text);
    }
  }

  void Mentions() {
    for (const ast::Expr& expr : tree.exprs) Mention(expr);
    for (const ast::TypeExpr& type : tree.types) {
      const auto* named = std::get_if<ast::NamedTypeExpr>(&type.node);
      if (!named) continue;
      for (const ast::Name& part : named->name) index.mentions.push_back(part.text);
    }
    for (const ast::Decl& decl : tree.decls) {
      const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node);
      if (!instance) continue;
      for (const ast::Name& part : instance->type) {
        index.mentions.push_back(part.text);
        index.heads.push_back(part.text);
      }
    }
  }
};

void Unique(std::vector<Symbol>& symbols) {
  auto key = [](Symbol s) { return s.index(); };
  std::ranges::sort(symbols, {}, key);
  auto rest = std::ranges::unique(symbols, {}, key);
  symbols.erase(rest.begin(), rest.end());
  symbols.shrink_to_fit();
}

}  // namespace

PieceIndex IndexPiece(const ast::File& tree, std::string_view text) {
  PieceIndex index;
  Indexer indexer{tree, text, index};
  for (ast::DeclId id : tree.items) indexer.Item(tree.decls[id]);
  indexer.Mentions();
  index.is_nested = tree.decls.size() > 1;
  index.names.shrink_to_fit();
  Unique(index.mentions);
  Unique(index.heads);
  return index;
}

const ast::Name* NameOf(const ast::Decl& decl) {
  return Match(
      decl.node, [](const ast::ParamDecl& d) { return &d.name; },
      [](const ast::LetDecl& d) { return &d.name; }, [](const ast::OutDecl& d) { return &d.name; },
      [](const ast::FnDecl& d) { return &d.name; }, [](const ast::TypeDecl& d) { return &d.name; },
      [](const ast::ComponentDecl& d) { return &d.name; },
      [](const ast::InstanceDecl& d) { return &d.name; },
      [](const ast::ErrorDecl& d) { return d.name ? &*d.name : nullptr; },
      [](const auto&) { return static_cast<const ast::Name*>(nullptr); });
}

}  // namespace opsc::lsp
