#include "compiler/driver/project/documented.h"

#include <algorithm>

#include "compiler/driver/project/load.h"

namespace opsc {

std::vector<DocEntry> AllDocEntries(Env& env, Documented what, bool color) {
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
    std::string prefix = name == "prelude" ? "" : name + ".";
    std::ranges::replace(prefix, '/', '.');
    Use use = what == Documented::kAll ? Use::kWhole : Use::kOnDemand;
    append(ParseStdlib(name, use, program, diagnostics), prefix);
  }
  return entries;
}

}  // namespace opsc
