// Sources → Ast → Model → Graph: the compiler's phases in a row.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/driver/project/project.h"
#include "compiler/eval/eval.h"
#include "compiler/model/model.h"
#include "compiler/sema/check.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/item_reader.h"

namespace opsc {

// The texts of a program and their trees.
struct ParsedProgram {
  Sources sources;
  std::deque<ast::File> files;  // addresses stay: modules point to them
  std::map<FileId, std::unique_ptr<ItemReader>> on_demand;
  ParsedModule prelude;
  ParsedModule root;
  std::map<std::string, ParsedModule> imported;  // by module path
};

// A program as far as it was brought; later parts are absent after errors.
struct LoadedProgram {
  ParsedProgram parsed;
  Diagnostics diagnostics;
  BuiltinNames builtins;
  CheckInputs check_inputs;
  Model model;
  std::unique_ptr<Evaluation> evaluation;
  std::vector<std::string> secrets;  // values that were read: masked in logs

  bool ok() const { return !diagnostics.has_errors(); }
};

// The path of an imported module, or "" where it cannot be one (the checker says so).
std::string ImportPath(const std::string& importer, const ast::ImportDecl& import);

// Reads and parses the root module, the prelude and all that they import.
void ParseProject(Env& env, const Project& project, ParsedProgram& out, Diagnostics& diagnostics);
// How a module is used: of what is on demand, generated files wait until something names them.
enum class Use { kWhole, kOnDemand };
// Only the stdlib: `opsc doc` outside of a project. `module`: "prelude" or a folder of stdlib/.
ParsedModule ParseStdlib(std::string_view module, Use use, ParsedProgram& out,
                         Diagnostics& diagnostics);
std::vector<std::string> StdlibModules();

// Parses and checks. The result stays where it is: its parts point into each other.
std::unique_ptr<LoadedProgram> CheckProject(Env& env, const Project& project);

enum class Secrets {
  kUnknown,
  kRead,
  kReadWhereNeeded,  // one that is missing is an error of those that need it: see HasItsSecrets
  kNamed,  // a text that says where it is read: the same in every program that reads it there
};
// The options with which a program is evaluated; `read_secret` notes values in `program.secrets`.
EvalOptions EvaluationOptions(Env& env, const Project& project,
                              std::map<std::string, std::string> params, Secrets secrets,
                              LoadedProgram& program);

}  // namespace opsc
