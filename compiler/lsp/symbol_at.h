// What the name at a place stands for, and where else it stands.
#pragma once

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

// A name in the source: used there, or declared there (then `use` is `target`).
struct NameAt {
  Span use;
  Span target;
  UseOf of = UseOf::kItem;
  std::shared_ptr<Slice> slice;  // of the piece that it stands in
};

std::optional<NameAt> FindName(Workspace& w, const Spot& spot);

// The declaration around a span of a piece.
struct Declaration {
  const ast::File* tree = nullptr;
  ast::DeclId id = kNone<ast::DeclId>;
  std::string_view text;  // of the piece

  const ast::Decl& decl() const { return tree->decls[id]; }
};
std::optional<Declaration> DeclarationAt(const Program& program, Span target);
// The field of a declared type whose name stands there.
const ast::TypeMember* MemberAt(const Declaration& declaration, Span target);

// All places where what is declared at `target` is named `name`, the declaration first.
std::vector<Span> UsesOf(Program& program, Span target, const std::string& name);

// Code and documentation of what is declared there, as markdown; "": nothing is known.
std::string Describe(const Program& program, Span target);
// The innermost expression of the checked piece around the offset; kNone: none.
ExprId ExprAt(const Slice& slice, FileId piece, uint32_t offset);
// The type of the name as it is used or declared there; "" where it has none.
std::string TypeAt(const Slice& slice, Span name);

}  // namespace opsc::lsp
