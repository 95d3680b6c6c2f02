#include "compiler/lsp/completion_names.h"

namespace opsc::lsp {
namespace {

void FindDeclaration(const ast::File& tree, OfferedName& name) {
  for (uint32_t i = 0; i < tree.decls.size(); ++i) {
    auto id = static_cast<ast::DeclId>(i);
    const ast::Name* own = NameOf(tree.decls[id]);
    if (!own || !(own->span == name.span)) continue;
    name.tree = &tree;
    name.id = id;
  }
}

// Declarations by the names that the piece gives to its module.
void AddPiece(const Program& program, const Piece& piece, std::vector<OfferedName>& names) {
  const PieceState* state = program.StateOf(piece.file);
  if (!state) return;
  for (const DeclaredName& declared : state->index.names) {
    OfferedName name;
    name.name = declared.name.str();
    name.span = declared.span;
    name.of = declared.of;
    name.is_instantiable = declared.is_instantiable;
    bool shows_more = declared.of == UseOf::kFunction || declared.is_instantiable;
    if (shows_more) FindDeclaration(program.TreeOf(piece), name);
    if (!name.name.empty()) names.push_back(std::move(name));
  }
}

// Of a declaration that nobody has read: by its first line.
void AddIndexed(const ProgramFile& file, std::string_view text, const IndexedDecl& decl,
                std::vector<OfferedName>& names) {
  std::string_view body = text.substr(decl.begin, decl.end - decl.begin);
  while (body.starts_with("///") || body.starts_with("@") || body.starts_with("\n")) {
    body.remove_prefix(std::min(body.find('\n') + 1, body.size()));
  }
  OfferedName name;
  name.name = decl.name;
  auto begin = static_cast<uint32_t>(decl.name.data() - text.data());
  name.span = {file.pieces.source, begin, begin + static_cast<uint32_t>(decl.name.size())};
  if (body.starts_with("import")) return;
  name.is_instantiable = body.starts_with("extern type") || body.starts_with("component");
  bool type = name.is_instantiable || body.starts_with("type");
  bool function = body.starts_with("fn") || body.starts_with("extern fn");
  name.of = type ? UseOf::kType : function ? UseOf::kFunction : UseOf::kItem;
  names.push_back(std::move(name));
}

}  // namespace

std::vector<OfferedName> NamesOf(const Program& program, const ProgramModule& module) {
  std::vector<OfferedName> names;
  for (const auto& file : module.files) {
    for (const Piece& piece : file->pieces.pieces) AddPiece(program, piece, names);
    for (const IndexedDecl& decl : file->decls) {
      AddIndexed(*file, program.TextOf(*file), decl, names);
    }
  }
  return names;
}

const ProgramModule* ModuleNumbered(const Program& program, const Model& model, uint32_t number) {
  if (number >= model.modules.size()) return nullptr;
  return program.ModuleAt(model.modules[number].path);
}

}  // namespace opsc::lsp
