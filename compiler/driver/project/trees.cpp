#include "compiler/driver/project/trees.h"

#include <utility>

namespace opsc {
namespace {

// The file with its parameters alone.
ast::File ParamsOf(ast::File& whole) {
  ast::File kept;
  kept.file = whole.file;
  kept.edition = whole.edition;
  kept.edition_span = whole.edition_span;
  for (ast::DeclId id : whole.items) {
    ast::Decl& decl = whole.decls[id];
    if (std::holds_alternative<ast::ParamDecl>(decl.node)) {
      kept.items.push_back(kept.decls.Add(std::move(decl)));
    }
  }
  return kept;
}

}  // namespace

void DropTrees(LoadedProgram& program) {
  program.parsed.on_demand.clear();
  for (ast::File& file : program.parsed.files) file = ParamsOf(file);
  program.model.checker.reset();
}

}  // namespace opsc
