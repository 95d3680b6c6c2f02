// Where a declaration begins, and what can be imported.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/completion_items.h"
#include "compiler/lsp/literal_text.h"

namespace opsc::lsp {
namespace {

struct Form {
  std::string_view word;
  std::string_view snippet;
};
constexpr Form kForms[] = {
    {"import", "import ${1:std.k8s}"},
    {"param", "param ${1:name}: ${2:string}"},
    {"let", "let ${1:name} = ${2}"},
    {"fn", "fn ${1:name}(${2:x}: ${3:int}) -> ${4:int} = ${5:x}"},
    {"type", "type ${1:Name} {\n  ${2:field}: ${3:string}\n}"},
    {"component", "component ${1:Name} {\n  param ${2:name}: ${3:string}\n  ${4}\n}"},
    {"out", "out ${1:name} = ${2}"},
    {"assert", "assert ${1} else \"${2}\""},
    {"for", "for ${1:x} in ${2:xs} {\n  ${3}\n}"},
    {"if", "if ${1} {\n  ${2}\n}"},
    {"moved", "moved ${1:old} to ${2:new}"},
    {"removed", "removed ${1:address}"},
    {"edition", "edition 2026"},
};

// `task ${1:name} { … }` with the fields that the type requires.
std::string InstanceSnippet(const std::string& head, const OfferedName& name) {
  std::string fields;
  int tab = 2;
  const auto* type =
      name.tree ? std::get_if<ast::TypeDecl>(&name.tree->decls[name.id].node) : nullptr;
  if (type) {
    for (const ast::TypeMember& member : type->members) {
      const auto& node = name.tree->types[member.type].node;
      bool required = !member.is_out && !member.default_value &&
                      !std::holds_alternative<ast::OptionalTypeExpr>(node);
      if (required) fields += fmt::format("  {}: ${{{}}}\n", member.name.text.text(), tab++);
    }
  }
  if (fields.empty()) fields = "  ${2}\n";
  return fmt::format("{} ${{1:name}} {{\n{}}}", EscapeSnippet(head), fields);
}

void AddSnippet(Offer& offer, const std::string& label, ItemKind kind, std::string_view order,
                const std::string& snippet) {
  size_t before = offer.items.size();
  AddPlain(offer, label, kind, "", order);
  if (offer.items.size() == before || !offer.w.client.snippets) return;
  offer.items.back()["insertTextFormat"] = 2;
  offer.items.back()["textEdit"]["newText"] = snippet;
}

void AddInstantiable(Offer& offer, const ProgramModule& module, std::string_view order) {
  for (const OfferedName& name : NamesOf(*offer.spot.program, module)) {
    if (name.of == UseOf::kModule) AddPlain(offer, name.name, ItemKind::kModule, "", "4");
    if (!name.is_instantiable) continue;
    size_t before = offer.items.size();
    AddSnippet(offer, name.name, ItemKind::kClass, order, InstanceSnippet(name.name, name));
    if (offer.items.size() == before) continue;
    offer.items.back()["data"] = {{"root", offer.spot.program->root},
                                  {"revision", offer.spot.program->revision},
                                  {"file", static_cast<uint32_t>(name.span.file)},
                                  {"begin", name.span.begin},
                                  {"end", name.span.end},
                                  {"field", ""}};
  }
}

// Directories and files of manifests below the module that `typed` may mean.
void AddPaths(Offer& offer) {
  const std::string& typed = offer.hole.typed;
  size_t slash = typed.rfind('/');
  std::string folder = slash == typed.npos ? "" : typed.substr(0, slash + 1);
  std::string base(DirName(offer.spot.file->absolute));
  Env& env = *offer.w.host->env;
  auto entries = env.List(folder.empty() ? base : JoinPath(base, folder));
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    if (entry.name.starts_with('.')) continue;
    bool directory = entry.type == FileType::kDirectory;
    if (!directory && !offer.w.host->is_manifest(entry.name)) continue;
    std::string path = (folder.empty() ? "./" : folder) + entry.name;
    AddPlain(offer, path, directory ? ItemKind::kFolder : ItemKind::kFile, "", "1");
  }
}

}  // namespace

void AddDeclarations(Offer& offer) {
  for (const Form& form : kForms) {
    AddSnippet(offer, std::string(form.word), ItemKind::kKeyword, "5", std::string(form.snippet));
  }
  AddInstantiable(offer, offer.spot.program->prelude, "2");
  AddInstantiable(offer, *offer.spot.file->module, "1");
}

void AddImports(Offer& offer) {
  if (offer.hole.in_string) return AddPaths(offer);
  std::string_view text = offer.spot.text();
  bool of_std = text.substr(0, offer.hole.begin).ends_with("std.");
  for (std::string module : offer.w.host->std_modules) {
    if (module == "prelude") continue;
    std::ranges::replace(module, '/', '.');
    AddPlain(offer, of_std ? module : "std." + module, ItemKind::kModule, "", "1");
  }
}

void AddMethods(Offer& offer, TypeId type) {
  const Model& model = offer.hole.slice->model;
  bool list = model.types.As<ListType>(type) != nullptr;
  bool map = model.types.As<MapType>(type) != nullptr;
  std::string printed = model.types.Print(type, 60);
  if (const auto* refined = model.types.As<RefinedType>(type))
    printed = model.types.Print(refined->base);
  if (const auto* literal = model.types.As<LiteralType>(type)) {
    printed = literal->value.is(ValueKind::kString) ? "string" : "int";
  }
  auto takes = [&](const OfferedName& name) {
    const auto* fn =
        name.tree ? std::get_if<ast::FnDecl>(&name.tree->decls[name.id].node) : nullptr;
    if (!fn || fn->params.empty()) return false;
    const auto& first = name.tree->types[fn->params[0].type].node;
    if (std::holds_alternative<ast::ListTypeExpr>(first)) return list;
    if (std::holds_alternative<ast::MapTypeExpr>(first)) return map;
    const auto* named = std::get_if<ast::NamedTypeExpr>(&first);
    return named && named->name.size() == 1 && named->name[0].text.text() == printed;
  };
  for (const ProgramModule* module : {offer.spot.file->module, &offer.spot.program->prelude}) {
    for (const OfferedName& name : NamesOf(*offer.spot.program, *module)) {
      if (name.of != UseOf::kFunction || !takes(name)) continue;
      AddSnippet(offer, name.name, ItemKind::kFunction, "3", fmt::format("{}(${{1}})", name.name));
    }
  }
}

}  // namespace opsc::lsp
