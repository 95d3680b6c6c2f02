#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "compiler/sema/items.h"
#include "compiler/sema/names.h"
#include "runtime/base/env.h"

namespace opsc::sema {
namespace {

constexpr uint32_t kNoModule = 0xFFFFFFFFu;

std::string Written(const ast::ImportDecl& import) {
  if (import.path) return *import.path;
  std::string text;
  for (const ast::Name& part : import.qname) text += (text.empty() ? "" : ".") + part.text.str();
  return text;
}

bool IsIdentifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
  return std::ranges::all_of(
      text, [](unsigned char byte) { return std::isalnum(byte) != 0 || byte == '_'; });
}

// The name that an import gives to the module; nullopt: it needs an `as`, which is reported.
std::optional<ast::Name> NameOf(Context& c, const ast::ImportDecl& import, Span span,
                                uint32_t loaded) {
  if (import.alias) return *import.alias;
  if (!import.path && !import.qname.empty()) return import.qname.back();
  std::string_view path = import.path ? std::string_view(*import.path) : "";
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string_view last = path.substr(path.rfind('/') + 1);
  if (IsIdentifier(last)) return ast::Name{Symbol(last), span};
  if (loaded != kNoModule) c.diags->Add(Diag::kImportNeedsName, span, {path});
  return std::nullopt;
}

uint32_t LoadModule(Context& c, const ParsedModule& parsed);

std::string PathOf(const Context& c, uint32_t module) {
  const std::string& path = c.modules[module].parsed->path;
  return path.empty() ? "." : path;
}

std::string Chain(const Context& c, uint32_t back_to) {
  std::string text;
  bool within = false;
  for (uint32_t module : c.loading) {
    within = within || module == back_to;
    if (within) text += PathOf(c, module) + " → ";
  }
  return text + PathOf(c, back_to);
}

bool LeavesProject(const ParsedModule& importer, const ast::ImportDecl& import) {
  if (!import.path) return false;
  const bool from_root = importer.path.empty() || importer.path == ".";
  return !NormalRelativePath(from_root ? *import.path : JoinPath(importer.path, *import.path));
}

// REQUIRES: the import is written as a name.
void SuggestModule(const Context& c, const ast::ImportDecl& import, Diagnostic& unknown) {
  std::vector<std::string> modules;
  for (std::string folder : c.in.std_modules) {
    std::ranges::replace(folder, '/', '.');
    if (folder != "prelude") modules.push_back("std." + folder);
  }
  const Span first = import.qname.front().span;
  const Span written = {first.file, first.begin, import.qname.back().span.end};
  SuggestNearest(unknown, {Symbol(Written(import)), written}, modules);
  if (unknown.hint.empty())
    unknown.hint = fmt::format("the stdlib has `{}`", fmt::join(modules, "`, `"));
}

uint32_t LoadImport(Context& c, const ParsedModule& importer, const ast::ImportDecl& import,
                    Span span) {
  if (!import.args.empty()) {
    c.diags->Add(Diag::kNotImplemented, span, {fmt::format("`import {}(…)`", Written(import))});
    return kNoModule;
  }
  const ParsedModule* parsed = c.in.load ? c.in.load(importer.path, import) : nullptr;
  bool is_empty =
      parsed && parsed->files.empty() && parsed->on_demand.empty() && parsed->beside.empty();
  if (!parsed || is_empty) {
    Diagnostic& unknown = c.diags->Add(Diag::kUnknownModule, span, {Written(import)});
    if (LeavesProject(importer, import)) {
      unknown.hint = "it lies outside of the project: a program is one directory with all below it";
    }
    if (!import.path && !import.qname.empty()) SuggestModule(c, import, unknown);
    return kNoModule;
  }
  for (uint32_t i = 0; i < c.modules.size(); ++i) {
    if (c.modules[i].parsed != parsed) continue;
    if (c.modules[i].progress == Progress::kRunning) {
      c.diags->Add(Diag::kImportCycle, span, {Chain(c, i)});
      return kNoModule;
    }
    return i;
  }
  return LoadModule(c, *parsed);
}

void LoadImports(Context& c, uint32_t module, const ast::File& file) {
  const ParsedModule& parsed = *c.modules[module].parsed;
  for (ast::DeclId id : file.items) {
    const ast::Decl& decl = file.decls[id];
    const auto* import = std::get_if<ast::ImportDecl>(&decl.node);
    if (!import) continue;
    uint32_t loaded = LoadImport(c, parsed, *import, decl.span);
    auto name = NameOf(c, *import, decl.span, loaded);
    if (name) c.modules[module].imports.push_back({*name, loaded});
  }
}

ScopeId AddModuleScope(Context& c, uint32_t module) {
  ScopeId scope = c.model->scopes.Add({Scope::Kind::kModule, kNone<ScopeId>, {}});
  ScopeNames names;
  names.owner = scope;
  names.module = module;
  c.names.Add(std::move(names));
  return scope;
}

uint32_t AddModule(Context& c, const ParsedModule& parsed) {
  auto module = static_cast<uint32_t>(c.modules.size());
  ScopeId scope = AddModuleScope(c, module);
  ModuleInfo info;
  info.parsed = &parsed;
  info.scope = scope;
  uint32_t order = 0;
  for (const OnDemandFile& file : parsed.on_demand) {
    for (const IndexedDecl& decl : file.decls)
      info.waiting.emplace(decl.name, WaitingDecl{file.file, &decl, order++});
  }
  c.modules.push_back(std::move(info));
  c.model->modules.push_back({parsed.path, scope});
  return module;
}

void LoadBelow(Context& c, uint32_t module) {
  c.modules[module].progress = Progress::kRunning;
  c.loading.push_back(module);
  const ParsedModule& parsed = *c.modules[module].parsed;
  for (const ast::File* file : parsed.files) LoadImports(c, module, *file);
  for (const ast::File* file : parsed.beside) LoadImports(c, module, *file);
  c.loading.pop_back();
  c.modules[module].progress = Progress::kDone;
}

uint32_t LoadModule(Context& c, const ParsedModule& parsed) {
  uint32_t module = AddModule(c, parsed);
  LoadBelow(c, module);
  return module;
}

}  // namespace

uint32_t LoadLate(Context& c, uint32_t importer, const ast::ImportDecl& import, Span span) {
  auto first = static_cast<uint32_t>(c.modules.size());
  uint32_t loaded = LoadImport(c, *c.modules[importer].parsed, import, span);
  for (uint32_t i = first; i < c.modules.size(); ++i) DeclareModule(c, i);
  return loaded;
}

void LoadModules(Context& c) {
  uint32_t root = AddModule(c, *c.in.root);
  c.prelude = c.in.prelude ? AddModule(c, *c.in.prelude) : root;
  if (c.prelude != root) LoadBelow(c, c.prelude);
  LoadBelow(c, root);
  for (uint32_t i = 0; i < c.modules.size(); ++i) DeclareModule(c, i);
}

}  // namespace opsc::sema
