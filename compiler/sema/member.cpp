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

bool IsSelf(const ast::File& file, ast::ExprId id) {
  const auto* ref = std::get_if<ast::NameRef>(&file.exprs[id].node);
  return ref && ref->name.text.text() == "self";
}

ExprId CheckSelf(Context& c, Env& env, const ast::MemberExpr& member, Span span) {
  if (!env.self) {
    c.diags->Add(Diag::kNoSelf, env.file->exprs[member.object].span);
    return AddError(c, span);
  }
  if (IsHole(c, member.name.text)) FoundSelf(c, env);
  auto type = env.self->type_of(member.name.text, member.name.span);
  if (!type) {
    Diagnostic& d =
        c.diags->Add(Diag::kUnknownField, member.name.span, {"`self`", member.name.text.text()});
    SuggestNearest(d, member.name, env.self->names());
    return AddError(c, span);
  }
  Path path{Path::Root::kSelf, env.self->id, {member.name.text}};
  TypeId narrow = FactOf(env, path).value_or(*type);
  if (!env.self->slot) return Add(c, SelfFieldExpr{member.name.text}, narrow, span);
  ExprId record = Add(c, LocalExpr{*env.self->slot, Symbol()}, env.frame->locals[0].type, span);
  return Add(c, MemberExpr{record, member.name.text, false}, narrow, span);
}

void AddFieldNames(const std::vector<RecordField>* fields, std::vector<std::string>& names) {
  if (!fields) return;
  for (const RecordField& field : *fields) names.push_back(field.name.str());
}

// The type of the field in one type that has no marks; nullopt: no such field.
std::optional<TypeId> FieldType(Context& c, TypeId type, Symbol name) {
  if (const auto* fields = FieldsOf(c, type)) {
    const RecordField* field = FindField(*fields, name);
    return field ? std::optional(field->type) : std::nullopt;
  }
  const auto* instance = c.types().As<InstanceType>(type);
  if (!instance) return std::nullopt;
  if (const RecordField* out = FindField(instance->outs, name)) return out->type;
  NominalId id = instance->nominal;
  const NominalType& nominal = c.types().nominal[id];
  if (const RecordField* field = FindField(nominal.fields, name)) return field->type;
  for (size_t i = 0; i < nominal.outs.size(); ++i) {
    if (nominal.outs[i].name == name) return TypeOfOut(c, id, i);
  }
  return IsOpen(c, id) ? std::optional(c.prim(Prim::kAny)) : std::nullopt;
}

// Of a union: each member has the field. nullopt: one has not.
std::optional<TypeId> FieldTypeOfAll(Context& c, TypeId type, Symbol name) {
  const auto* choice = c.types().As<UnionType>(type);
  if (!choice) return FieldType(c, type, name);
  std::vector<TypeId> found;
  for (TypeId member : choice->members) {
    auto field = FieldType(c, member, name);
    if (!field) return std::nullopt;
    found.push_back(*field);
  }
  return JoinAll(c, found);
}

void ReportOptionalObject(Context& c, TypeId type, const ast::Name& name) {
  Span at{name.span.file, name.span.begin, name.span.begin};
  Diagnostic& d = c.diags->Add(Diag::kMaybeNull, name.span, {Show(c, type)});
  d.hint = fmt::format("`?.{}` passes null on; or test with `!= null` first", name.text.text());
  if (at.begin > 0) {
    d.fixes.push_back({{at.file, at.begin - 1, at.begin}, "?.", "pass null on with `?.`"});
  }
}

std::optional<TypeId> FactOfMember(Context& c, const Env& env, const ast::MemberExpr& member) {
  if (env.facts.empty()) return std::nullopt;
  auto path = PathOf(c, env, member.object);
  if (!path) return std::nullopt;
  path->members.push_back(member.name.text);
  return FactOf(env, *path);
}

ExprId CheckKey(Context& c, Env& env, ast::ExprId id) {
  ExprId key = CheckExpr(c, env, id);
  auto prim = PrimOf(c, TypeOf(c, key));
  bool fits = prim == Prim::kString || prim == Prim::kInt || prim == Prim::kBool ||
              prim == Prim::kAny || prim == Prim::kError || prim == Prim::kNever;
  if (fits) return key;
  Span span = SpanOf(c, key);
  c.diags->Add(Diag::kBadKeyType, span, {Show(c, TypeOf(c, key))});
  return AddError(c, span);
}

bool IsKeyedInstance(const Context& c, ExprId object) {
  const auto* item = std::get_if<ItemExpr>(&c.model->exprs[object].node);
  return item && std::holds_alternative<InstanceItem>(c.model->items[item->item].node);
}

}  // namespace

std::string ReportUnknownField(Context& c, TypeId type, const ast::Name& name) {
  Bare bare = Strip(c, type);
  if (PrimOf(c, bare.type)) bare.type = Widen(c, bare.type);
  if (c.types().As<UnionType>(bare.type)) {
    c.diags->Add(Diag::kFieldOnUnion, name.span, {Show(c, bare.type), name.text.text()});
    return "";
  }
  Diagnostic& d =
      c.diags->Add(Diag::kUnknownField, name.span, {Show(c, bare.type), name.text.text()});
  std::vector<std::string> names;
  AddFieldNames(FieldsOf(c, bare.type), names);
  if (const auto* instance = c.types().As<InstanceType>(bare.type)) {
    const NominalType& nominal = c.types().nominal[instance->nominal];
    AddFieldNames(&nominal.fields, names);
    AddFieldNames(&nominal.outs, names);
    AddFieldNames(&instance->outs, names);
  }
  if (c.types().As<MapType>(bare.type)) {
    d.hint = fmt::format("entries of a map are read by key: [\"{}\"]", name.text.text());
    return "";
  }
  return SuggestField(d, name, names);
}

std::optional<ExprId> FieldOf(Context& c, Env&, ExprId object, const ast::Name& name, bool optional,
                              Span span) {
  TypeId type = TypeOf(c, object);
  if (IsHole(c, name.text)) FoundMember(c, {}, type, std::nullopt);
  if (IsError(c, type)) return AddError(c, span);
  NoteField(c, object, type, name);
  if (c.types().Is(type, Prim::kAny)) {
    return Add(c, MemberExpr{object, name.text, optional}, c.prim(Prim::kAny), span);
  }
  Bare bare = Strip(c, type);
  auto field = FieldTypeOfAll(c, bare.type, name.text);
  if (!field) return std::nullopt;
  if (bare.optional && !optional) {
    ReportOptionalObject(c, type, name);
    return AddError(c, span);
  }
  TypeId result = bare.secret ? MakeSecret(c, *field) : *field;
  if (bare.optional) result = MakeOptional(c, result);
  return Add(c, MemberExpr{object, name.text, optional}, result, span);
}

ExprId CheckMember(Context& c, Env& env, const ast::MemberExpr& member, Span span) {
  if (IsSelf(*env.file, member.object) && !FindLocal(env, Symbol("self"))) {
    return CheckSelf(c, env, member, span);
  }
  if (auto module = NamedModule(c, env, member.object)) {
    const auto& ref = std::get<ast::NameRef>(env.file->exprs[member.object].node);
    return ModuleMember(c, *module, ref.name, member.name, span);
  }
  ExprId object = CheckExpr(c, env, member.object);
  auto value = FieldOf(c, env, object, member.name, member.optional, span);
  if (!value) {
    ReportUnknownField(c, TypeOf(c, object), member.name);
    return AddError(c, span);
  }
  if (auto fact = FactOfMember(c, env, member)) c.model->exprs[*value].type = *fact;
  return *value;
}

ExprId CheckIndex(Context& c, Env& env, const ast::IndexExpr& index, Span span) {
  ExprId object = CheckExpr(c, env, index.object);
  TypeId type = TypeOf(c, object);
  Bare bare = Strip(c, type);
  if (bare.optional) {
    c.diags->Add(Diag::kMaybeNull, SpanOf(c, object), {Show(c, type)}).hint =
        "give it a value with `??`, or test it with `!= null` first";
    return AddError(c, span);
  }
  auto result = [&](TypeId of) { return bare.secret ? MakeSecret(c, of) : of; };
  if (const auto* map = c.types().As<MapType>(bare.type)) {
    TypeId of = result(map->value);
    ExprId key = IsKeyedInstance(c, object) ? CheckKey(c, env, index.index)
                                            : CheckExpr(c, env, index.index, c.prim(Prim::kString));
    return Add(c, IndexExpr{object, key}, of, span);
  }
  if (const auto* list = c.types().As<ListType>(bare.type)) {
    TypeId of = result(list->element);
    ExprId at = CheckExpr(c, env, index.index, c.prim(Prim::kInt));
    return Add(c, IndexExpr{object, at}, of, span);
  }
  ExprId at = CheckExpr(c, env, index.index);
  if (c.types().Is(bare.type, Prim::kAny)) {
    return Add(c, IndexExpr{object, at}, c.prim(Prim::kAny), span);
  }
  if (!IsError(c, bare.type)) {
    c.diags->Add(Diag::kNotIndexable, SpanOf(c, object), {Show(c, type)});
  }
  return AddError(c, span);
}

}  // namespace opsc::sema
