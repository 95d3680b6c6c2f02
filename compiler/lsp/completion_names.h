// What a module declares, to be completed.
#pragma once

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

// A name of a module, as its declaration says it.
struct OfferedName {
  std::string name;
  UseOf of = UseOf::kItem;
  bool is_instantiable = false;
  Span span;                        // of its declaration
  const ast::File* tree = nullptr;  // of functions, and of what has instances
  ast::DeclId id = kNone<ast::DeclId>;
};

std::vector<OfferedName> NamesOf(const Program& program, const ProgramModule& module);
// The module that a check numbered so.
const ProgramModule* ModuleNumbered(const Program& program, const Model& model, uint32_t number);

}  // namespace opsc::lsp
