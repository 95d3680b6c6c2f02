#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/items.h"
#include "compiler/sema/names.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

// Where declarations are being entered.
struct Place {
  uint32_t module;
  const ast::File* file;
  ScopeId scope;
  std::string prefix;  // of the names of declared types: "k8s."
};

void DeclareItems(Context& c, const Place& place, const std::vector<ast::DeclId>& ids);

ItemId AddItem(Context& c, const Place& place, ast::DeclId id, ItemNode node) {
  const ast::Decl& decl = place.file->decls[id];
  ItemId item = c.model->items.Add({std::move(node), place.scope, decl.span, decl.doc});
  ItemInfo info;
  info.decl = {place.file, id};
  info.beside = c.declaring_beside;
  c.items.Add(std::move(info));
  c.model->scopes[place.scope].items.push_back(item);
  return item;
}

ScopeId AddScope(Context& c, Scope::Kind kind, ScopeId parent) {
  ScopeId scope = c.model->scopes.Add({kind, parent, {}});
  ScopeNames names;
  names.module = c.names[parent].module;
  names.owner = kind == Scope::Kind::kComponent ? scope : c.names[parent].owner;
  c.names.Add(std::move(names));
  return scope;
}

bool IsModuleScope(const Context& c, ScopeId scope) {
  return c.model->scopes[scope].kind == Scope::Kind::kModule;
}
bool IsOwnerScope(const Context& c, ScopeId scope) {
  return c.names[scope].owner == scope;
}

// Reports what stands where it cannot; the declaration is entered all the same.
void Demand(Context& c, bool holds, Span span, std::string_view what, std::string_view why) {
  if (!holds) c.diags->Add(Diag::kMisplaced, span, {what, why});
}

void DemandOwner(Context& c, const Place& place, Span span, std::string_view what) {
  Demand(c, IsOwnerScope(c, place.scope), span, what, "it belongs to a module or component");
}
void DemandModule(Context& c, const Place& place, Span span, std::string_view what) {
  Demand(c, IsModuleScope(c, place.scope), span, what, "it belongs to a module");
}

bool IsStdlib(const Context& c, uint32_t module) {
  return module == c.prelude || c.modules[module].parsed->path.starts_with("std/");
}

void DemandStdlib(Context& c, const Place& place, Span span) {
  Demand(c, IsStdlib(c, place.module), span, "`extern`",
         "only the standard library declares what opsc itself implements");
}

// The name in `@kind("kubernetes")`; empty: there is none, or it is reported.
Symbol KindIn(Context& c, const Place& place, const ast::Annotation& annotation) {
  const auto* text =
      annotation.args.size() == 1
          ? std::get_if<ast::StringLit>(&place.file->exprs[annotation.args[0].value].node)
          : nullptr;
  if (text && text->parts.empty() && !text->texts[0].empty()) return Symbol(text->texts[0]);
  c.diags->Add(Diag::kBadKind, annotation.name.span);
  return {};
}

// The kind of resource that an extern type is for, where it is not the one of its own name.
Symbol KindOf(Context& c, const Place& place, ast::DeclId id, const ast::TypeDecl& decl) {
  const auto* annotation = FindAnnotation(place.file->decls[id].annotations, "kind");
  if (!annotation) {
    if (decl.is_extern) DemandStdlib(c, place, decl.name.span);
    return {};
  }
  Demand(c, decl.is_extern, annotation->name.span, "`@kind`", "it belongs to an `extern type`");
  return KindIn(c, place, *annotation);
}

NominalId AddNominal(Context& c, NominalType type, NominalSource source, Span span,
                     const std::string& doc) {
  NominalId id = c.types().nominal.Add(std::move(type));
  NominalInfo& info = c.model->nominals[static_cast<uint32_t>(id)];
  info.scope = source.scope;
  info.span = span;
  info.doc = doc;
  c.nominals.Add(std::move(source));
  return id;
}

void DeclareFn(Context& c, const Place& place, ast::DeclId id, const ast::FnDecl& decl) {
  DemandOwner(c, place, decl.name.span, "a function");
  if (decl.is_extern) DemandStdlib(c, place, decl.name.span);
  Signature signature;
  signature.name = decl.name.text;
  signature.decl = {place.file, id};
  signature.scope = place.scope;
  if (decl.is_extern) {
    if (c.in.builtins) signature.builtin = c.in.builtins->Find(decl.name.text.text());
  } else {
    Function function;
    function.name = decl.name.text;
    function.result = c.prim(Prim::kError);
    function.span = decl.name.span;
    function.scope = place.scope;
    signature.fn = c.model->functions.Add(std::move(function));
  }
  SignatureId added = c.signatures.Add(std::move(signature));
  DeclareValue(c, place.scope, decl.name, ValueName::Kind::kFunction, static_cast<uint32_t>(added));
}

void DeclareTypeDecl(Context& c, const Place& place, ast::DeclId id, const ast::TypeDecl& decl) {
  DemandModule(c, place, decl.name.span, "a type");
  Symbol kind = KindOf(c, place, id, decl);
  if (decl.alias) {
    AliasId alias = c.aliases.Add({{place.file, id}, place.scope, {}, kNone<TypeId>});
    DeclareType(c, place.scope, decl.name, TypeName::Kind::kAlias, static_cast<uint32_t>(alias));
    return;
  }
  NominalType type;
  type.name = Symbol(place.prefix + decl.name.text.str());
  type.is_extern = decl.is_extern;
  type.is_instantiable = decl.is_extern;
  NominalSource source;
  source.decl = {place.file, id};
  source.scope = place.scope;
  NominalId nominal =
      AddNominal(c, std::move(type), std::move(source), decl.name.span, place.file->decls[id].doc);
  NominalInfo& info = c.model->nominals[static_cast<uint32_t>(nominal)];
  info.kind = kind;
  if (const auto* open = FindAnnotation(place.file->decls[id].annotations, "open")) {
    Demand(c, decl.is_extern, open->name.span, "`@open`", "it belongs to an `extern type`");
    info.annotations.emplace_back(Symbol(), std::vector{open->name.text});  // of the type itself
  }
  DeclareType(c, place.scope, decl.name, TypeName::Kind::kNominal, static_cast<uint32_t>(nominal));
}

void DeclareComponent(Context& c, const Place& place, ast::DeclId id,
                      const ast::ComponentDecl& decl) {
  DemandModule(c, place, decl.name.span, "a component");
  ScopeId body = AddScope(c, Scope::Kind::kComponent, place.scope);
  NominalType type;
  type.name = Symbol(place.prefix + decl.name.text.str());
  type.is_instantiable = true;
  NominalSource source;
  source.decl = {place.file, id};
  source.scope = place.scope;
  source.component = body;
  NominalId nominal =
      AddNominal(c, std::move(type), std::move(source), decl.name.span, place.file->decls[id].doc);
  DeclareType(c, place.scope, decl.name, TypeName::Kind::kNominal, static_cast<uint32_t>(nominal));
  DeclareItems(c, {place.module, place.file, body, place.prefix}, decl.items);
}

void DeclareNamed(Context& c, const Place& place, ast::DeclId id, const ast::Name& name,
                  ItemNode node, ScopeId scope) {
  ItemId item = AddItem(c, place, id, std::move(node));
  DeclareValue(c, scope, name, ValueName::Kind::kItem, static_cast<uint32_t>(item));
}

void DeclareInstance(Context& c, const Place& place, ast::DeclId id,
                     const ast::InstanceDecl& decl) {
  InstanceItem node;
  node.name = decl.name.text;
  node.type = kNone<NominalId>;
  node.frame_size = 0;
  DeclareNamed(c, place, id, decl.name, std::move(node), c.names[place.scope].owner);
}

void DeclareFor(Context& c, const Place& place, ast::DeclId id, const ast::ForDecl& decl) {
  ScopeId body = AddScope(c, Scope::Kind::kFor, place.scope);
  ItemId item = AddItem(c, place, id, ForItem{kNone<ExprId>, 0, body, kNone<ItemId>, {}});
  c.names[body].loop = item;
  Place inside{place.module, place.file, body, place.prefix};
  auto variable = [&](const ast::Name& name) {
    ItemId added = AddItem(c, inside, id, LoopVarItem{name.text});
    DeclareValue(c, body, name, ValueName::Kind::kItem, static_cast<uint32_t>(added));
    return added;
  };
  ItemId first = variable(decl.binder.first);
  std::optional<ItemId> second;
  if (decl.binder.second) second = variable(*decl.binder.second);
  auto& node = std::get<ForItem>(c.model->items[item].node);
  node.first = first;
  node.second = second;
  DeclareItems(c, inside, decl.items);
}

ScopeId DeclareBranch(Context& c, const Place& place, const ast::IfDecl& decl,
                      const std::vector<ast::DeclId>& items, bool negated) {
  ScopeId scope = AddScope(c, Scope::Kind::kIf, place.scope);
  c.names[scope].condition = decl.condition;
  c.names[scope].negated = negated;
  c.names[scope].outside = place.scope;
  DeclareItems(c, {place.module, place.file, scope, place.prefix}, items);
  return scope;
}

void DeclareIf(Context& c, const Place& place, ast::DeclId id, const ast::IfDecl& decl) {
  ItemId item = AddItem(c, place, id, IfItem{kNone<ExprId>, 0, kNone<ScopeId>, kNone<ScopeId>});
  ScopeId then = DeclareBranch(c, place, decl, decl.then, false);
  ScopeId otherwise = kNone<ScopeId>;
  if (!decl.otherwise.empty()) otherwise = DeclareBranch(c, place, decl, decl.otherwise, true);
  auto& node = std::get<IfItem>(c.model->items[item].node);
  node.then = then;
  node.otherwise = otherwise;
}

void DeclareBroken(Context& c, const Place& place, const ast::ErrorDecl& decl) {
  if (!decl.name) return;
  ScopeId owner = c.names[place.scope].owner;
  DeclareValue(c, owner, *decl.name, ValueName::Kind::kBroken, 0);
  DeclareType(c, owner, *decl.name, TypeName::Kind::kBroken, 0);
}

void DeclareOne(Context& c, const Place& place, ast::DeclId id) {
  const ast::Decl& decl = place.file->decls[id];
  CheckAnnotations(c, decl.annotations, Annotated::kDeclaration);
  Match(
      decl.node, [&](const ast::ImportDecl&) { DemandModule(c, place, decl.span, "an import"); },
      [&](const ast::ParamDecl& d) {
        DemandOwner(c, place, d.name.span, "a param");
        DeclareNamed(c, place, id, d.name, ParamItem{d.name.text, c.prim(Prim::kError), {}, 0},
                     place.scope);
      },
      [&](const ast::LetDecl& d) {
        DeclareNamed(c, place, id, d.name, LetItem{d.name.text, kNone<ExprId>, 0}, place.scope);
      },
      [&](const ast::OutDecl& d) {
        DemandOwner(c, place, d.name.span, "an out");
        AddItem(c, place, id, OutItem{d.name.text, c.prim(Prim::kError), kNone<ExprId>, 0});
      },
      [&](const ast::FnDecl& d) { DeclareFn(c, place, id, d); },
      [&](const ast::TypeDecl& d) { DeclareTypeDecl(c, place, id, d); },
      [&](const ast::ComponentDecl& d) { DeclareComponent(c, place, id, d); },
      [&](const ast::InstanceDecl& d) { DeclareInstance(c, place, id, d); },
      [&](const ast::ForDecl& d) { DeclareFor(c, place, id, d); },
      [&](const ast::IfDecl& d) { DeclareIf(c, place, id, d); },
      [&](const ast::AssertDecl&) {
        AddItem(c, place, id, AssertItem{kNone<ExprId>, kNone<ExprId>, 0});
      },
      [&](const ast::MovedDecl&) { DemandModule(c, place, decl.span, "`moved`"); },
      [&](const ast::RemovedDecl&) { DemandModule(c, place, decl.span, "`removed`"); },
      [&](const ast::ErrorDecl& d) { DeclareBroken(c, place, d); });
}

void DeclareItems(Context& c, const Place& place, const std::vector<ast::DeclId>& ids) {
  for (ast::DeclId id : ids) DeclareOne(c, place, id);
}

std::string PrefixOf(const Context& c, uint32_t module) {
  if (module == 0 || module == c.prelude) return "";
  std::string_view path = c.modules[module].parsed->path;
  if (!path.starts_with("std/")) return std::string(path.substr(path.rfind('/') + 1)) + ".";
  std::string prefix(path.substr(4));
  std::ranges::replace(prefix, '/', '.');
  return prefix + ".";
}

// A module is a component too: its params are the fields, its outs the outs.
void DeclareAsComponent(Context& c, uint32_t module) {
  std::string prefix = PrefixOf(c, module);
  if (!prefix.empty()) prefix.pop_back();
  NominalType type;
  type.name = Symbol(prefix);
  type.is_instantiable = true;
  NominalSource source;
  source.scope = c.modules[module].scope;
  source.component = c.modules[module].scope;
  c.modules[module].nominal = AddNominal(c, std::move(type), std::move(source), {}, "");
}

void DeclareImport(Context& c, ScopeId scope, const ImportName& import) {
  bool broken = import.module >= c.modules.size();
  DeclareValue(c, scope, import.name, broken ? ValueName::Kind::kBroken : ValueName::Kind::kModule,
               import.module);
  c.names[scope].types.try_emplace(
      import.name.text, TypeName{broken ? TypeName::Kind::kBroken : TypeName::Kind::kModule,
                                 import.module, import.name.span});
  // a second one was reported among the values
}

void DeclareImports(Context& c, uint32_t module) {
  ScopeId scope = c.modules[module].scope;
  for (const ImportName& import : c.modules[module].imports) DeclareImport(c, scope, import);
}

// The items of one tree in the scope of its module.
void DeclareFile(Context& c, uint32_t module, const ast::File& file) {
  DeclareItems(c, {module, &file, c.modules[module].scope, PrefixOf(c, module)}, file.items);
}

void DeclareLate(Context& c, uint32_t module, const ast::File& file, Symbol name) {
  bool outer = std::exchange(c.declaring_beside, true);
  for (ast::DeclId id : file.items) {
    const auto* import = std::get_if<ast::ImportDecl>(&file.decls[id].node);
    if (!import) continue;
    Span span = file.decls[id].span;
    uint32_t loaded = LoadLate(c, module, *import, span);
    DeclareImport(c, c.modules[module].scope, {{name, span}, loaded});
  }
  DeclareFile(c, module, file);
  c.declaring_beside = outer;
}

}  // namespace

void DeclareModule(Context& c, uint32_t module) {
  DeclareAsComponent(c, module);
  DeclareImports(c, module);
  const ParsedModule& parsed = *c.modules[module].parsed;
  bool outer = std::exchange(c.declaring_beside, true);
  for (const ast::File* file : parsed.beside) DeclareFile(c, module, *file);
  c.declaring_beside = outer;
  for (const ast::File* file : parsed.files) {
    if (file->edition && *file->edition != 2026) {
      c.diags->Add(Diag::kWrongEdition, file->edition_span, {std::to_string(*file->edition)});
    }
    DeclareFile(c, module, *file);
  }
}

void DeclareByName(Context& c, uint32_t module, Symbol name) {
  const WaitingNames& by_name = c.modules[module].parsed->by_name;
  if (!by_name.sources || !c.modules[module].asked.insert(name).second) return;
  bool any = false;
  for (FileId source : by_name.sources(name)) {
    const ast::File* file = c.in.parse(source, {name.text()});
    if (file) DeclareLate(c, module, *file, name);
    any = any || file;
  }
  if (any && c.resolved.open) ResolveDeclarations(c);
}

void DeclareOnDemand(Context& c, uint32_t module, Symbol name) {
  DeclareByName(c, module, name);
  auto& waiting = c.modules[module].waiting;
  if (waiting.empty()) return;
  auto [first, last] = waiting.equal_range(name.text());
  if (first == last) return;
  std::vector<WaitingDecl> decls;
  for (auto it = first; it != last; ++it) decls.push_back(it->second);
  waiting.erase(first, last);
  std::ranges::sort(decls, {}, &WaitingDecl::order);
  for (const WaitingDecl& waits : decls) {
    const ast::File* file = c.in.parse(waits.file, *waits.decl);
    if (file) DeclareLate(c, module, *file, name);
  }
  if (c.resolved.open) ResolveDeclarations(c);
}

void ResolveDeclarations(Context& c) {
  Context::Resolved& done = c.resolved;
  done.open = true;
  if (done.running) return;
  done.running = true;
  auto all = [](auto& next, const auto& table, auto&& resolve) {
    bool any = next < table.size();
    while (next < table.size()) resolve(next++);
    return any;
  };
  bool more = true;
  while (more) {
    more = all(done.aliases, c.aliases, [&](uint32_t i) { TypeOfAlias(c, AliasId{i}); });
    more |= all(done.nominals, c.nominals, [&](uint32_t i) { ResolveNominal(c, NominalId{i}); });
    more |= all(done.signatures, c.signatures,
                [&](uint32_t i) { ResolveSignature(c, SignatureId{i}); });
  }
  done.running = false;
}

}  // namespace opsc::sema
