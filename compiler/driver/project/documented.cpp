#include "compiler/driver/project/documented.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/project/load.h"
#include "compiler/driver/show/doc_text.h"

namespace opsc {
namespace {

// The modules of the project that `module` imports, by the name that it gives them.
std::vector<std::pair<std::string, Project>> ImportsOf(Env& env, const Project& project,
                                                       const ParsedModule& module) {
  std::vector<std::pair<std::string, Project>> imports;
  for (const ast::File* file : module.files) {
    for (ast::DeclId id : file->items) {
      const auto* import = std::get_if<ast::ImportDecl>(&file->decls[id].node);
      if (!import || !import->path) continue;
      std::string path = project.Absolute(*import->path);
      if (OpsFilesIn(env, path).empty()) continue;
      auto found = FindProject(env, path);
      std::string name(import->alias ? import->alias->text.text() : BaseName(*import->path));
      if (found) imports.emplace_back(std::move(name), std::move(*found));
    }
  }
  return imports;
}

// The fields that every instance has beside those of its type.
constexpr std::array<std::array<std::string_view, 3>, 8> kCommonFields{{
    {"after", "[any] = []",
     "What has to be done first although no value of it is used: instances, families, components."},
    {"protect", "bool = false",
     "The instance is neither deleted nor replaced: a plan that would do it is refused."},
    {"replace_when", "[string] = []",
     "Paths of fields, as `spec.selector`: a change of one replaces the instance."},
    {"ignore", "[string] = []",
     "Paths of fields that are left to others: a difference in them is no change and no drift."},
    {"create_first", "bool = false",
     "Where the instance is replaced, the new one is made before the old one goes."},
    {"timeout", "duration",
     "How long all of it may take, with its retries. What limits each try of a task is `limits`."},
    {"retries", "int(0..) = 0", "How often it is tried again after a failure, within `timeout`."},
    {"labels", "{string: string} = {}", "Names for people and policies: they change nothing."},
}};

void AppendCommonFields(std::vector<DocEntry>& entries, bool color) {
  for (const auto& [name, type, doc] : kCommonFields) {
    std::string text = fmt::format("field {}: {} (of every instance)\n  {}\n",
                                   Paint(color, Style::kBold, name), type, doc);
    entries.push_back({std::string(name), "field", FirstSentence(std::string(doc)), text});
  }
}

}  // namespace

std::vector<DocEntry> AllDocEntries(Env& env, Documented what, bool color) {
  std::vector<DocEntry> entries;
  Diagnostics diagnostics;  // of sources that are not asked about: said by `opsc check`
  ParsedProgram program;
  auto append = [&](const ParsedModule& module, const ParsedProgram& of,
                    const std::string& prefix) {
    for (DocEntry& entry : DocEntries(module, of.sources, prefix, color)) {
      entries.push_back(std::move(entry));
    }
  };
  if (auto project = FindProject(env, std::nullopt)) {
    ParseProject(env, *project, program, diagnostics);
    append(program.root, program, "");
    for (const auto& [name, module] : ImportsOf(env, *project, program.root)) {
      ParsedProgram imported;
      ParseProject(env, module, imported, diagnostics);
      append(imported.root, imported, name + ".");
    }
  }
  for (const std::string& name : StdlibModules()) {
    std::string prefix = name == "prelude" ? "" : name + ".";
    std::ranges::replace(prefix, '/', '.');
    Use use = what == Documented::kAll ? Use::kWhole : Use::kOnDemand;
    append(ParseStdlib(name, use, program, diagnostics), program, prefix);
  }
  AppendCommonFields(entries, color);
  return entries;
}

}  // namespace opsc
