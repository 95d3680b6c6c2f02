// Ast → Model: names, types, pending, secrets, units.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/model/builtin_names.h"
#include "compiler/model/model.h"
#include "compiler/sema/notes.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/decl_index.h"

namespace opsc {

// A file whose declarations are parsed and declared only when something names them.
struct OnDemandFile {
  FileId file;
  std::vector<IndexedDecl> decls;
};

// Declarations that wait as those of an OnDemandFile do, kept by name by who asks for the check.
struct WaitingNames {
  // The sources that declare the name, in order; each is parsed as a whole.
  std::function<std::vector<FileId>(Symbol name)> sources;
  std::function<void(const std::function<void(Symbol, IndexedDecl::Kind)>&)> each;
};

// The files of one module: parsed, or, of an imported one, perhaps indexed.
struct ParsedModule {
  std::string path;  // relative to the project root; "std/NAME" for the stdlib
  std::vector<const ast::File*> files;
  std::vector<OnDemandFile> on_demand;
  std::vector<const ast::File*> beside = {};  // declared, for `files` to name; not checked itself
  WaitingNames by_name = {};
};

struct CheckInputs {
  const Sources* sources = nullptr;
  const ParsedModule* prelude = nullptr;
  const ParsedModule* root = nullptr;
  // An imported module by its path as written, resolved against the importing module's path;
  // nullptr where there is none (reported by the checker). Called once a module.
  std::function<const ParsedModule*(const std::string& importer, const ast::ImportDecl&)> load;
  std::vector<std::string> std_modules = {};  // folders of stdlib/, for suggestions
  const BuiltinNames* builtins = nullptr;     // what `extern fn` binds to
  // Parses a declaration of an OnDemandFile; the tree lives as long as the modules. nullptr: it
  // was declared along with another one.
  std::function<const ast::File*(FileId, const IndexedDecl&)> parse = {};
  CheckNotes* notes = nullptr;  // for editors
};

// Always returns a Model; after errors it is good for editors and not for evaluation.
Model Check(const CheckInputs& inputs, Diagnostics& diagnostics);

// Checks one expression in the scope of the root module (`opsc eval`). Adds it to `model`.
struct CheckedExpr {
  ExprId expr;
  uint32_t frame_size;
};
std::optional<CheckedExpr> CheckExpression(Model& model, const CheckInputs& inputs,
                                           const ast::File& expression, Diagnostics& diagnostics);

}  // namespace opsc
