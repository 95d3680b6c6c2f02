#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "compiler/model/walk.h"
#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

constexpr std::array<std::string_view, 14> kAnnotations{
    "key",  "event_time", "known_at",   "label",     "deprecated", "immutable", "kind",
    "open", "row_type",   "row_source", "over_rows", "feature",    "rule",      "kernel"};
// What one field of a type alone may be.
constexpr std::array<std::string_view, 3> kOfOneField{"event_time", "known_at", "label"};

NominalInfo& InfoOf(Context& c, NominalId id) {
  return c.model->nominals[static_cast<uint32_t>(id)];
}

RecordField FieldOfType(const Context& c, Symbol name, TypeId type, bool has_default) {
  bool optional = c.model->types.As<OptionalType>(type) != nullptr;
  return {name, type, !optional && !has_default};
}

// An annotation that only one field may have stands at the first one alone.
void CheckOnce(Context& c, std::span<const ast::TypeMember> before, const ast::TypeMember& member) {
  for (const ast::Annotation& annotation : member.annotations) {
    const std::string_view name = annotation.name.text.text();
    if (std::ranges::find(kOfOneField, name) == kOfOneField.end()) continue;
    const auto first = std::ranges::find_if(before, [&](const ast::TypeMember& other) {
      return FindAnnotation(other.annotations, name) != nullptr;
    });
    if (first == before.end()) continue;
    c.diags->Add(Diag::kMisplaced, annotation.name.span,
                 {fmt::format("`@{}`", name),
                  fmt::format("`{}` is marked with it already", first->name.text.text())});
  }
}

void AddAnnotations(Context& c, NominalInfo& info, const ast::TypeMember& member) {
  CheckAnnotations(c, member.annotations, Annotated::kField);
  std::vector<Symbol> names;
  for (const ast::Annotation& annotation : member.annotations)
    names.push_back(annotation.name.text);
  if (!names.empty()) info.annotations.emplace_back(member.name.text, std::move(names));
}

void AddDefault(Context& c, NominalId id, Symbol name, const std::optional<ast::ExprId>& value) {
  if (!value) return;
  c.nominals[id].defaults.push_back({name, *value, Progress::kUntouched});
  InfoOf(c, id).defaults.emplace_back(name, kNone<ExprId>);
}

// REQUIRES: none of the name is there yet, else it is reported.
void AddField(Context& c, std::vector<RecordField>& fields, RecordField field, Span span) {
  if (FindField(fields, field.name)) {
    c.diags->Add(Diag::kDuplicateField, span, {field.name.text()});
    return;
  }
  fields.push_back(field);
}

void ResolveTypeBody(Context& c, NominalId id) {
  NominalSource source = c.nominals[id];
  const auto& decl = source.decl.As<ast::TypeDecl>();
  TypePlace place{source.decl.file, source.scope};
  std::vector<RecordField> fields;
  std::vector<RecordField> outs;
  fields.reserve(decl.members.size());
  for (size_t at = 0; at < decl.members.size(); ++at) {
    const ast::TypeMember& member = decl.members[at];
    TypeId type = ResolveType(c, place, member.type);
    RecordField field = FieldOfType(c, member.name.text, type, member.default_value.has_value());
    AddField(c, member.is_out ? outs : fields, field, member.name.span);
    AddDefault(c, id, member.name.text, member.default_value);
    AddAnnotations(c, InfoOf(c, id), member);
    CheckOnce(c, std::span(decl.members).first(at), member);
  }
  NominalInfo& info = InfoOf(c, id);
  for (const ast::TypeCheck& check : decl.checks) {
    info.checks.push_back({kNone<ExprId>, kNone<ExprId>, 0, check.span});
  }
  NominalType& nominal = c.types().nominal[id];
  nominal.fields = std::move(fields);
  nominal.outs = std::move(outs);
}

void ResolveComponent(Context& c, NominalId id) {
  ScopeId body = c.nominals[id].component;
  std::vector<RecordField> fields;
  std::vector<RecordField> outs;
  const std::vector<ItemId> items = c.model->scopes[body].items;  // more may come
  for (ItemId item : items) {
    const ItemInfo& info = c.items[item];
    if (const auto* param = std::get_if<ParamItem>(&c.model->items[item].node)) {
      const auto& decl = info.decl.As<ast::ParamDecl>();
      Symbol name = param->name;
      TypeId type = TypeOfItem(c, item);
      fields.push_back(FieldOfType(c, name, type, decl.default_value.has_value()));
    } else if (const auto* out = std::get_if<OutItem>(&c.model->items[item].node)) {
      const auto& decl = info.decl.As<ast::OutDecl>();
      Symbol name = out->name;
      outs.push_back({name, decl.type ? TypeOfItem(c, item) : kNone<TypeId>, true});
    }
  }
  NominalType& nominal = c.types().nominal[id];
  nominal.fields = std::move(fields);
  nominal.outs = std::move(outs);
}

// Each expression once: defaults are shared by all that use them.
bool NeedsItsPlace(Context& c, ExprId id) {
  auto [it, fresh] = c.needs_place.try_emplace(id, false);
  if (!fresh) return it->second;
  const Expr& expr = c.model->exprs[id];
  bool needs = std::holds_alternative<ItemExpr>(expr.node);
  ForEachChild(expr, [&](ExprId child) { needs = needs || NeedsItsPlace(c, child); });
  c.needs_place[id] = needs;
  return needs;
}

const RecordField* FieldNamed(Context& c, NominalId id, Symbol name) {
  const NominalType& nominal = c.types().nominal[id];
  return FindField(nominal.fields, name);
}

void CheckDefault(Context& c, NominalId id, size_t index) {
  DefaultSource& source = c.nominals[id].defaults[index];
  if (source.progress == Progress::kDone) return;
  const ast::File& file = *c.nominals[id].decl.file;
  if (source.progress == Progress::kRunning) {
    c.diags->Add(Diag::kValueCycle, file.exprs[source.value].span,
                 {"the default of " + source.name.str(), "it needs itself"});
    return;
  }
  source.progress = Progress::kRunning;
  ast::ExprId value_source = source.value;
  const RecordField* field = FieldNamed(c, id, source.name);
  TypeId expected = field ? field->type : c.prim(Prim::kError);
  ScopeId scope = c.nominals[id].scope;
  Checked checked = CheckInFrame(c, PlaceAt(c, file, scope), value_source, expected);
  ExprId value = Lift(c, checked.expr, scope, checked.frame_size);
  c.nominals[id].defaults[index].progress = Progress::kDone;
  InfoOf(c, id).defaults[index].second = value;
}

}  // namespace

void CheckAnnotations(Context& c, const std::vector<ast::Annotation>& annotations,
                      Annotated annotated) {
  for (const ast::Annotation& annotation : annotations) {
    std::string_view name = annotation.name.text.text();
    const Span span = annotation.name.span;
    const std::string shown = fmt::format("`@{}`", name);
    if (std::ranges::find(kAnnotations, name) == kAnnotations.end()) {
      c.diags->Add(Diag::kUnknownAnnotation, span, {name});
    } else if (name == "deprecated") {
      c.diags->Add(Diag::kNotImplemented, span, {shown});
    } else if (annotated == Annotated::kDeclaration && name != "kind" && name != "open") {
      c.diags->Add(Diag::kMisplaced, span, {shown, "it is for the fields of a type"});
    }
  }
}

const ast::Annotation* FindAnnotation(const std::vector<ast::Annotation>& annotations,
                                      std::string_view name) {
  auto found = std::ranges::find_if(
      annotations, [&](const ast::Annotation& a) { return a.name.text.text() == name; });
  return found == annotations.end() ? nullptr : &*found;
}

bool IsOpen(const Context& c, NominalId id) {
  const auto& annotations = c.model->nominals.at(static_cast<uint32_t>(id)).annotations;
  auto own =
      std::ranges::find(annotations, Symbol(), [](const auto& entry) { return entry.first; });
  return own != annotations.end() &&
         std::ranges::find(own->second, Symbol("open")) != own->second.end();
}

void ResolveNominal(Context& c, NominalId id) {
  if (c.nominals[id].progress != Progress::kUntouched) return;
  c.nominals[id].progress = Progress::kRunning;
  if (!IsNone(c.nominals[id].component)) {
    ResolveComponent(c, id);
  } else {
    ResolveTypeBody(c, id);
  }
  c.nominals[id].progress = Progress::kDone;
}

TypeId ResolveRecordType(Context& c, const TypePlace& place, const ast::RecordTypeExpr& record) {
  RecordType type;
  bool defaults = false;
  for (const ast::TypeField& field : record.fields) {
    TypeId field_type = ResolveType(c, place, field.type);
    AddField(c, type.fields,
             FieldOfType(c, field.name.text, field_type, field.default_value.has_value()),
             field.name.span);
    defaults = defaults || field.default_value;
  }
  if (!defaults) return c.types().Intern(std::move(type));
  NominalId id = c.types().nominal.Add({.name = {}, .fields = std::move(type.fields), .outs = {}});
  NominalSource source;
  source.decl.file = place.file;
  source.scope = place.scope;
  source.progress = Progress::kDone;
  c.nominals.Add(std::move(source));
  InfoOf(c, id).scope = place.scope;
  for (const ast::TypeField& field : record.fields) {
    AddDefault(c, id, field.name.text, field.default_value);
  }
  return c.types().Intern(NamedType{id});
}

void CheckNominalDefaults(Context& c, NominalId id) {
  for (size_t i = 0; i < c.nominals[id].defaults.size(); ++i) CheckDefault(c, id, i);
}

std::optional<ExprId> DefaultOf(Context& c, NominalId id, Symbol field) {
  for (size_t i = 0; i < c.nominals[id].defaults.size(); ++i) {
    if (c.nominals[id].defaults[i].name != field) continue;
    CheckDefault(c, id, i);
    ExprId value = InfoOf(c, id).defaults[i].second;
    return IsNone(value) ? AddError(c, {}) : value;
  }
  return std::nullopt;
}

void CheckNominalChecks(Context& c, NominalId id) {
  if (IsNone(c.nominals[id].decl.id) || !IsNone(c.nominals[id].component)) return;
  DeclRef ref = c.nominals[id].decl;
  const auto& decl = ref.As<ast::TypeDecl>();
  TypeId self_type = TypeOfNominal(c, id);
  for (size_t i = 0; i < decl.checks.size(); ++i) {
    Frame frame;
    AddLocal(c, frame, Symbol(), self_type);
    SelfScope self;
    self.slot = 0;
    self.type_of = [&](Symbol name, Span) -> std::optional<TypeId> {
      const RecordField* field = FieldNamed(c, id, name);
      return field ? std::optional(field->type) : std::nullopt;
    };
    self.names = [&] {
      std::vector<std::string> names;
      for (const RecordField& f : c.types().nominal[id].fields) names.push_back(f.name.str());
      return names;
    };
    Env env{ref.file, c.nominals[id].scope, &frame, &self, {}};
    ExprId condition = CheckExpr(c, env, decl.checks[i].condition, c.prim(Prim::kBool));
    ExprId message = CheckExpr(c, env, decl.checks[i].message, c.prim(Prim::kString));
    InfoOf(c, id).checks[i] = {condition, message, frame.size, decl.checks[i].span};
  }
}

ExprId Lift(Context& c, ExprId value, ScopeId scope, uint32_t frame_size) {
  if (frame_size == 0 && !NeedsItsPlace(c, value)) return value;
  Function function;
  function.name = Symbol("default");
  function.result = TypeOf(c, value);
  function.frame_size = frame_size;
  function.body = value;
  function.span = SpanOf(c, value);
  function.scope = scope;
  FnId fn = c.model->functions.Add(std::move(function));
  return Add(c, CallFnExpr{fn, {}}, TypeOf(c, value), SpanOf(c, value));
}

TypeId TypeOfOut(Context& c, NominalId id, size_t out) {
  TypeId known = c.types().nominal[id].outs[out].type;
  if (!IsNone(known)) return known;
  Symbol name = c.types().nominal[id].outs[out].name;
  TypeId type = c.prim(Prim::kError);
  for (ItemId item : c.model->scopes[c.nominals[id].component].items) {
    const auto* node = std::get_if<OutItem>(&c.model->items[item].node);
    if (!node || node->name != name) continue;
    type = TypeOfItem(c, item);
    break;
  }
  c.types().nominal[id].outs[out].type = type;
  return type;
}

}  // namespace opsc::sema
