// What a piece of a program declares and mentions: by its tree alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/notes.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/decl_index.h"

namespace opsc::lsp {

// A name that a module has from a piece.
struct DeclaredName {
  Symbol name;
  Span span;
  IndexedDecl::Kind kind = IndexedDecl::Kind::kValue;
  bool is_component = false;
  UseOf of = UseOf::kItem;
  bool is_instantiable = false;
  bool operator==(const DeclaredName&) const = default;
};

struct PieceIndex {
  std::vector<DeclaredName> names;
  std::vector<Symbol> mentions;  // what it may read, each once
  std::vector<Symbol> heads;     // of the instances in it
  // Others see it in a module that is not theirs, or everywhere: imports, params, outs.
  bool is_interface = false;
  bool is_import = false;
  bool is_nested = false;  // it declares more names than its module has of it
  // What others depend on that only the text tells; `is_deep`: and so does what depends on those.
  std::string head;
  bool is_deep = false;
};

PieceIndex IndexPiece(const ast::File& tree, std::string_view text);

// The name that a declaration declares, if it does.
const ast::Name* NameOf(const ast::Decl& decl);

}  // namespace opsc::lsp
