#include "compiler/sema/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "runtime/base/listing.h"

namespace opsc::sema {
namespace {

void ReportDuplicate(Context& c, const ast::Name& name, Span first) {
  Diagnostic& diagnostic = c.diags->Add(Diag::kDuplicateName, name.span, {name.text.text()});
  diagnostic.related.push_back(
      {first, fmt::format("`{}` is declared here first", name.text.text())});
}

template <typename Map>
void AddNames(const Map& map, std::vector<std::string>& out) {
  for (const auto& [name, entry] : map) out.push_back(name.str());
}

// The names of a module that are declared, and those that wait.
using Kind = IndexedDecl::Kind;

// The names of a module that wait to be declared.
void AddWaiting(const Context& c, uint32_t module, std::initializer_list<Kind> kinds,
                std::vector<std::string>& out) {
  for (const auto& [name, decl] : c.modules[module].waiting) {
    if (std::ranges::find(kinds, decl.decl->kind) != kinds.end()) out.emplace_back(name);
  }
  const ModuleInfo& info = c.modules[module];
  if (!info.parsed->by_name.each) return;
  info.parsed->by_name.each([&](Symbol name, Kind kind) {
    bool waits = !info.asked.contains(name);
    if (waits && std::ranges::find(kinds, kind) != kinds.end()) out.push_back(name.str());
  });
}

void AddTypes(const Context& c, ScopeId scope, std::vector<std::string>& out) {
  AddNames(c.names[scope].types, out);
  if (IsNone(c.model->scopes[scope].parent)) {
    AddWaiting(c, c.names[scope].module, {Kind::kType, Kind::kBroken}, out);
  }
}

void AddValues(const Context& c, ScopeId scope, std::vector<std::string>& out) {
  AddNames(c.names[scope].values, out);
  if (IsNone(c.model->scopes[scope].parent)) {
    AddWaiting(c, c.names[scope].module, {Kind::kValue, Kind::kFunction, Kind::kBroken}, out);
  }
}

std::vector<std::string> VisibleTypes(const Context& c, ScopeId scope) {
  std::vector<std::string> names{"bool",     "int",   "float",  "string",  "bytes", "time",
                                 "duration", "size",  "ratio",  "path",    "file",  "files",
                                 "url",      "regex", "semver", "template"};
  for (ScopeId s = scope; !IsNone(s); s = c.model->scopes[s].parent) {
    AddTypes(c, s, names);
  }
  AddTypes(c, c.modules[c.prelude].scope, names);
  return names;
}

// By name alone: asking for its type would check the sibling.
bool HasSibling(const Env& env, Symbol name) {
  if (!env.self || !env.self->names) return false;
  std::vector<std::string> names = env.self->names();
  return std::ranges::find(names, name.text()) != names.end();
}

std::vector<std::string> VisibleValues(const Context& c, const Env& env) {
  std::vector<std::string> names;
  if (env.frame) {
    for (const Local& local : env.frame->locals) names.push_back(local.name.str());
  }
  for (ScopeId s = env.scope; !IsNone(s); s = c.model->scopes[s].parent) {
    AddValues(c, s, names);
  }
  AddValues(c, c.modules[c.prelude].scope, names);
  return names;
}

}  // namespace

void DeclareValue(Context& c, ScopeId scope, const ast::Name& name, ValueName::Kind kind,
                  uint32_t index) {
  auto [it, fresh] =
      c.names[scope].values.try_emplace(name.text, ValueName{kind, index, name.span});
  if (!fresh && kind != ValueName::Kind::kBroken) ReportDuplicate(c, name, it->second.span);
}

void DeclareType(Context& c, ScopeId scope, const ast::Name& name, TypeName::Kind kind,
                 uint32_t index) {
  auto [it, fresh] = c.names[scope].types.try_emplace(name.text, TypeName{kind, index, name.span});
  if (!fresh && kind != TypeName::Kind::kBroken) ReportDuplicate(c, name, it->second.span);
}

const ValueName* FindValueIn(Context& c, uint32_t module, Symbol name) {
  DeclareOnDemand(c, module, name);
  const auto& values = c.names[c.modules[module].scope].values;
  auto it = values.find(name);
  return it == values.end() ? nullptr : &it->second;
}

const TypeName* FindTypeIn(Context& c, uint32_t module, Symbol name) {
  DeclareOnDemand(c, module, name);
  const auto& types = c.names[c.modules[module].scope].types;
  auto it = types.find(name);
  return it == types.end() ? nullptr : &it->second;
}

const ValueName* FindValue(Context& c, ScopeId scope, Symbol name) {
  for (ScopeId s = scope; !IsNone(s); s = c.model->scopes[s].parent) {
    if (IsNone(c.model->scopes[s].parent)) DeclareOnDemand(c, c.names[s].module, name);
    const auto& values = c.names[s].values;
    if (auto it = values.find(name); it != values.end()) return &it->second;
  }
  return FindValueIn(c, c.prelude, name);
}

const TypeName* FindType(Context& c, ScopeId scope, Symbol name) {
  for (ScopeId s = scope; !IsNone(s); s = c.model->scopes[s].parent) {
    if (IsNone(c.model->scopes[s].parent)) DeclareOnDemand(c, c.names[s].module, name);
    const auto& types = c.names[s].types;
    if (auto it = types.find(name); it != types.end()) return &it->second;
  }
  return FindTypeIn(c, c.prelude, name);
}

uint32_t ScopesUp(const Context& c, ScopeId from, ScopeId to) {
  uint32_t up = 0;
  for (ScopeId s = from; s != to; s = c.model->scopes[s].parent) {
    OPS_CHECK(!IsNone(s), "a name was found in a scope that is not around it");
    ++up;
  }
  return up;
}

std::vector<std::string> TypesIn(const Context& c, uint32_t module) {
  std::vector<std::string> names;
  AddTypes(c, c.modules[module].scope, names);
  AddWaiting(c, module, {Kind::kAny}, names);
  return names;
}

std::vector<std::string> NamesIn(const Context& c, uint32_t module) {
  std::vector<std::string> names = TypesIn(c, module);
  AddValues(c, c.modules[module].scope, names);
  return names;
}

std::string SuggestNearest(Diagnostic& diagnostic, const ast::Name& name,
                           const std::vector<std::string>& candidates) {
  std::string near = Nearest(name.text.text(), candidates);
  if (near.empty()) return near;
  diagnostic.hint = fmt::format("did you mean `{}`?", near);
  diagnostic.fixes.push_back({name.span, near, fmt::format("replace with `{}`", near)});
  return near;
}

std::string SuggestField(Diagnostic& diagnostic, const ast::Name& name,
                         const std::vector<std::string>& candidates) {
  constexpr size_t kListed = 12;
  std::string near = SuggestNearest(diagnostic, name, candidates);
  if (!near.empty() || candidates.empty()) return near;
  diagnostic.hint = "it has " + Listing(candidates, kListed, "`");
  return near;
}

std::vector<std::string> FunctionsIn(const Context& c, ScopeId scope) {
  std::vector<std::string> names;
  for (const auto& [symbol, value] : c.names[scope].values) {
    if (value.kind == ValueName::Kind::kFunction) names.push_back(symbol.str());
  }
  if (IsNone(c.model->scopes[scope].parent)) {
    AddWaiting(c, c.names[scope].module, {Kind::kFunction}, names);
  }
  return names;
}

void ReportUnknownValue(Context& c, const Env& env, const ast::Name& name, TypeId expected) {
  Diagnostic& diagnostic = c.diags->Add(Diag::kUnknownName, name.span, {name.text.text()});
  if (HasSibling(env, name.text)) {
    diagnostic.hint = fmt::format("a field beside this one is `self.{}`", name.text.text());
    diagnostic.fixes.push_back({name.span, "self." + name.text.str(), "read the sibling field"});
    return;
  }
  bool expects_some_type = !IsNone(expected) && !c.types().Is(expected, Prim::kAny);
  TypeId literal = c.types().Intern(LiteralType{Value::String(name.text.text())});
  if (expects_some_type && Fits(c, literal, expected) == Fit::kYes) {
    std::string quoted = Quote(name.text.text());
    diagnostic.hint = fmt::format("a string is written in quotes: {}", quoted);
    diagnostic.fixes.push_back({name.span, quoted, fmt::format("write {}", quoted)});
    return;
  }
  SuggestNearest(diagnostic, name, VisibleValues(c, env));
}

void ReportUnknownType(Context& c, ScopeId scope, const ast::Name& name) {
  Diagnostic& diagnostic = c.diags->Add(Diag::kUnknownType, name.span, {name.text.text()});
  SuggestNearest(diagnostic, name, VisibleTypes(c, scope));
}

}  // namespace opsc::sema
