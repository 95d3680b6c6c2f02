#include <fmt/format.h>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"
#include "compiler/sema/narrow.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

ExprId LocalRef(Context& c, const Env& env, const Local& local, Span span) {
  TypeId type = local.type;
  if (!env.facts.empty()) {
    type = FactOf(env, Path{Path::Root::kLocal, local.binding, {}}).value_or(type);
  }
  return Add(c, LocalExpr{local.slot, local.name}, type, span);
}

// An instance is found from anywhere in its module or component.
ScopeId HomeOf(const Context& c, ItemId item) {
  ScopeId scope = c.model->items[item].scope;
  bool instance = std::holds_alternative<InstanceItem>(c.model->items[item].node);
  return instance ? c.names[scope].owner : scope;
}

ExprId ItemRef(Context& c, const Env& env, ItemId item, Span span) {
  TypeId type = TypeOfItem(c, item);
  if (!env.facts.empty()) {
    Path path{Path::Root::kItem, static_cast<uint32_t>(item), {}};
    type = FactOf(env, path).value_or(type);
  }
  return Add(c, ItemExpr{ScopesUp(c, env.scope, HomeOf(c, item)), item}, type, span);
}

ExprId FunctionRef(Context& c, SignatureId id, Span span) {
  const Signature& signature = ResolveSignature(c, id);
  if (!signature.ast().type_params.empty()) {
    c.diags->Add(Diag::kNotAValue, span, {signature.name.text(), "a generic function"}).hint =
        fmt::format("write a lambda: `x => {}(x)`", signature.name.text());
    return AddError(c, span);
  }
  TypeId type = TypeOfFunction(c, id);
  if (!IsNone(signature.fn)) return Add(c, FnExpr{signature.fn}, type, span);
  if (signature.builtin) return Add(c, BuiltinExpr{*signature.builtin}, type, span);
  return AddError(c, span);  // an `extern fn` outside of the standard library: said there
}

ExprId TypeRef(Context& c, const TypeName& type, const ast::Name& name, Span span) {
  TypeId of = c.prim(Prim::kError);
  switch (type.kind) {
    case TypeName::Kind::kNominal:
      of = TypeOfNominal(c, static_cast<NominalId>(type.index));
      break;
    case TypeName::Kind::kAlias:
      of = TypeOfAlias(c, static_cast<AliasId>(type.index));
      break;
    case TypeName::Kind::kModule:
      c.diags->Add(Diag::kNotAValue, span, {name.text.text(), "a module"}).hint =
          fmt::format("read from it: `{}.name`", name.text.text());
      return AddError(c, span);
    case TypeName::Kind::kBroken:
      return AddError(c, span);
  }
  if (IsError(c, of)) return AddError(c, span);
  return Add(c, TypeExprValue{of}, c.types().Intern(TypeValueType{of}), span);
}

// Points out that a bare name is not the field beside it, unless that field takes just this name.
void HintAtSibling(Context& c, const Env& env, const ast::Name& name) {
  if (!env.self || !env.self->shadows || !env.self->shadows(name.text)) return;
  Diagnostic& d = c.diags->Add(Diag::kShadowedBySibling, name.span, {name.text.text()});
  d.hint = fmt::format("write `self.{}` for the field", name.text.text());
  d.fixes.push_back({name.span, "self." + name.text.str(), "read the sibling field"});
}

ExprId ValueRef(Context& c, Env& env, const ValueName& value, const ast::Name& name) {
  switch (value.kind) {
    case ValueName::Kind::kItem:
      HintAtSibling(c, env, name);
      return ItemRef(c, env, static_cast<ItemId>(value.index), name.span);
    case ValueName::Kind::kFunction:
      return FunctionRef(c, static_cast<SignatureId>(value.index), name.span);
    case ValueName::Kind::kModule:
      c.diags->Add(Diag::kNotAValue, name.span, {name.text.text(), "a module"}).hint =
          fmt::format("read from it: `{}.name`", name.text.text());
      return AddError(c, name.span);
    case ValueName::Kind::kBroken:
      return AddError(c, name.span);
  }
  return AddError(c, name.span);
}

void ReportUnknownMember(Context& c, uint32_t module, const ast::Name& module_name,
                         const ast::Name& name) {
  Diagnostic& d =
      c.diags->Add(Diag::kUnknownMember, name.span, {module_name.text.text(), name.text.text()});
  SuggestNearest(d, name, NamesIn(c, module));
}

std::string_view KindOfItem(const ItemNode& node) {
  if (std::holds_alternative<ParamItem>(node)) return "a param";
  if (std::holds_alternative<OutItem>(node)) return "an out";
  return "an instance";
}

}  // namespace

void NoteModuleCall(Context& c, SignatureId id, const ast::Name& module, const ast::Name& name) {
  FnId fn = c.signatures[id].fn;
  if (!IsNone(fn)) c.module_reads.push_back({name.span, module.text, name.text, std::nullopt, fn});
}

ExprId CheckName(Context& c, Env& env, const ast::NameRef& ref, TypeId expected) {
  const ast::Name& name = ref.name;
  if (const Local* local = FindLocal(env, name.text)) {
    Note(c, name.span, local->declared, UseOf::kLocal);
    return LocalRef(c, env, *local, name.span);
  }
  if (IsHole(c, name.text)) FoundValue(c, env, expected);
  if (name.text.text() == "self") {
    Diagnostic& d = c.diags->Add(Diag::kNoSelf, name.span);
    if (env.self) d.hint = "`self` is read field by field: `self.name`";
    return AddError(c, name.span);
  }
  const ValueName* value = FindValue(c, env.scope, name.text);
  const TypeName* type = FindType(c, env.scope, name.text);
  bool either = type && value && value->kind == ValueName::Kind::kFunction && !IsNone(expected);
  // `all(file)`: where any value may stand, a name of a type and a function means the type.
  if (value && !(either && c.types().Is(expected, Prim::kAny))) {
    NoteValue(c, name.span, *value);
    return ValueRef(c, env, *value, name);
  }
  if (type) {
    NoteType(c, name.span, *type);
    return TypeRef(c, *type, name, name.span);
  }
  ReportUnknownValue(c, env, name, expected);
  return AddError(c, name.span);
}

std::optional<uint32_t> NamedModule(Context& c, const Env& env, ast::ExprId id) {
  const auto* ref = std::get_if<ast::NameRef>(&env.file->exprs[id].node);
  if (!ref || FindLocal(env, ref->name.text)) return std::nullopt;
  const ValueName* value = FindValue(c, env.scope, ref->name.text);
  if (!value || value->kind != ValueName::Kind::kModule) return std::nullopt;
  NoteValue(c, ref->name.span, *value);
  return value->index;
}

ExprId ModuleMember(Context& c, uint32_t module, const ast::Name& module_name,
                    const ast::Name& name, Span span) {
  if (IsHole(c, name.text)) FoundMember(c, {}, c.prim(Prim::kError), module);
  const ValueName* value = FindValueIn(c, module, name.text);
  if (value) NoteValue(c, name.span, *value);
  if (value && value->kind == ValueName::Kind::kFunction) {
    auto id = static_cast<SignatureId>(value->index);
    NoteModuleCall(c, id, module_name, name);
    return FunctionRef(c, id, span);
  }
  if (value && value->kind == ValueName::Kind::kItem) {
    auto item = static_cast<ItemId>(value->index);
    TypeId type = TypeOfItem(c, item);
    if (!std::holds_alternative<LetItem>(c.model->items[item].node)) {
      c.diags->Add(
          Diag::kNotAModuleValue, name.span,
          {module_name.text.text(), name.text.text(), KindOfItem(c.model->items[item].node)});
      return AddError(c, span);
    }
    c.module_reads.push_back({name.span, module_name.text, name.text, item, std::nullopt});
    ExprId object = Add(c, ModuleExpr{module}, c.prim(Prim::kAny), module_name.span);
    return Add(c, MemberExpr{object, name.text, false}, type, span);
  }
  if (value && value->kind == ValueName::Kind::kBroken) return AddError(c, span);
  const TypeName* type = FindTypeIn(c, module, name.text);
  if (type && type->kind != TypeName::Kind::kModule) {
    NoteType(c, name.span, *type);
    return TypeRef(c, *type, name, span);
  }
  ReportUnknownMember(c, module, module_name, name);
  return AddError(c, span);
}

}  // namespace opsc::sema
