#include "compiler/sema/bindings.h"

#include <fmt/format.h>

#include <set>

namespace opsc {

std::vector<std::string> BindingProblems(const std::vector<const ParsedModule*>& modules,
                                         const BuiltinNames& builtins) {
  std::vector<std::string> problems;
  std::set<std::string_view> declared;
  for (const ParsedModule* module : modules) {
    for (const ast::File* file : module->files) {
      for (const ast::Decl& decl : file->decls) {
        const auto* fn = std::get_if<ast::FnDecl>(&decl.node);
        if (!fn || !fn->is_extern) continue;
        declared.insert(fn->name.text.text());
        if (builtins.Find(fn->name.text.text())) continue;
        problems.push_back(fmt::format("`extern fn {}` of {} has no row in the builtin table",
                                       fn->name.text.text(), module->path));
      }
    }
  }
  for (std::string_view name : builtins.names) {
    if (declared.contains(name)) continue;
    problems.push_back(fmt::format("the builtin `{}` is declared in no module", name));
  }
  return problems;
}

}  // namespace opsc
