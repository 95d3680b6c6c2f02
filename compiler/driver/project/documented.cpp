#include "compiler/driver/project/documented.h"

#include "compiler/driver/project/load.h"

namespace opsc {

std::vector<DocEntry> AllDocEntries(Env& env, bool color) {
  std::vector<DocEntry> entries;
  Diagnostics diagnostics;  // of sources that are not asked about: said by `opsc check`
  ParsedProgram program;
  auto append = [&](const ParsedModule& module, const std::string& prefix) {
    for (DocEntry& entry : DocEntries(module, program.sources, prefix, color)) {
      entries.push_back(std::move(entry));
    }
  };
  if (auto project = FindProject(env, std::nullopt)) {
    ParseProject(env, *project, program, diagnostics);
    append(program.root, "");
  }
  for (const std::string& name : StdlibModules()) {
    append(ParseStdlib(name, program, diagnostics), name == "prelude" ? "" : name + ".");
  }
  return entries;
}

}  // namespace opsc
