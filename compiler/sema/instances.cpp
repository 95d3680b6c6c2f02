#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"
#include "compiler/sema/narrow.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/record.h"
#include "compiler/sema/rows.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

using Kind = ast::InstanceMember::Kind;

// An instance while it is being checked.
struct Draft {
  ItemId id;
  const ast::File* file;
  const ast::InstanceDecl* decl;
  NominalId nominal;
  bool is_task = false;             // its `file` outs are captured
  std::vector<RecordField> fields;  // of the type
  std::vector<RecordField> outs;    // its own
  std::vector<bool> set;            // beside `fields`
  Symbol current;
  Env env;
  SelfScope self;
  InstanceItem node;
};

// Meta fields: what every instance has beside the fields of its type. A type that declares one of
// these names itself keeps its own.
const std::vector<RecordField>& Metas(Context& c) {
  if (!c.metas.empty()) return c.metas;
  TypeId text = c.prim(Prim::kString);
  TypeId texts = c.types().Intern(ListType{text});
  TypeId count = c.types().Intern(RefinedType{c.prim(Prim::kInt), Value::Int(0), {}, ""});
  c.metas = {{Symbol("after"), c.types().Intern(ListType{c.prim(Prim::kAny)}), false},
             {Symbol("protect"), c.prim(Prim::kBool), false},
             {Symbol("replace_when"), texts, false},
             {Symbol("ignore"), texts, false},
             {Symbol("create_first"), c.prim(Prim::kBool), false},
             {Symbol("timeout"), c.prim(Prim::kDuration), false},
             {Symbol("retries"), count, false},
             {Symbol("labels"), c.types().Intern(MapType{text}), false},
             {Symbol("provider"), c.prim(Prim::kAny), false}};
  return c.metas;
}

void ReportHead(Context& c, const ast::InstanceDecl& decl, std::string_view why) {
  std::string name;
  for (const ast::Name& part : decl.type) name += (name.empty() ? "" : ".") + part.text.str();
  Diagnostic& d = c.diags->Add(Diag::kNotInstantiable, decl.type.back().span, {name, why});
  d.hint = fmt::format("for data write `let {}: {} = {{ … }}`", decl.name.text.text(), name);
}

// The type that heads the instance; kNone: reported.
NominalId FindHead(Context& c, ItemId id, const ast::InstanceDecl& decl) {
  auto found = FindQualifiedType(c, c.model->items[id].scope, decl.type);
  if (!found || found->kind == TypeName::Kind::kBroken) return kNone<NominalId>;
  if (found->kind == TypeName::Kind::kModule) return c.modules[found->index].nominal;
  NominalId nominal = kNone<NominalId>;
  if (found->kind == TypeName::Kind::kNominal) {
    nominal = static_cast<NominalId>(found->index);
  } else {
    TypeId alias = TypeOfAlias(c, static_cast<AliasId>(found->index));
    const auto* instance = c.types().As<InstanceType>(alias);
    if (!instance) {
      if (!IsError(c, alias)) ReportHead(c, decl, "it is data");
      return nominal;
    }
    nominal = instance->nominal;
  }
  if (c.types().nominal[nominal].is_instantiable) return nominal;
  ReportHead(c, decl, "it is data");
  return kNone<NominalId>;
}

NominalId HeadOf(Context& c, ItemId id) {
  auto* node = std::get_if<InstanceItem>(&c.model->items[id].node);
  if (!IsNone(node->type)) return node->type;
  NominalId head = FindHead(c, id, c.items[id].decl.As<ast::InstanceDecl>());
  if (IsNone(head)) return head;
  node = std::get_if<InstanceItem>(&c.model->items[id].node);
  node->type = head;
  node->component = c.nominals[head].component;
  node->is_component = !IsNone(node->component);
  return head;
}

std::optional<TypeId> SelfType(Context& c, const Draft& draft, Symbol name) {
  if (const RecordField* field = FindField(draft.fields, name)) return field->type;
  if (const RecordField* out = FindField(draft.outs, name)) return out->type;
  const NominalType& nominal = c.types().nominal[draft.nominal];
  for (size_t i = 0; i < nominal.outs.size(); ++i) {
    if (nominal.outs[i].name == name) return TypeOfOut(c, draft.nominal, i);
  }
  return std::nullopt;
}

std::vector<std::string> SelfNames(const Draft& draft) {
  std::vector<std::string> names;
  for (const RecordField& field : draft.fields) names.push_back(field.name.str());
  for (const RecordField& out : draft.outs) names.push_back(out.name.str());
  return names;
}

void Begin(Context& c, Draft& draft, ItemId id, NominalId nominal) {
  draft.id = id;
  draft.file = c.items[id].decl.file;
  draft.decl = &c.items[id].decl.As<ast::InstanceDecl>();
  draft.nominal = nominal;
  const NominalType& type = c.types().nominal[nominal];
  draft.fields = type.fields;
  draft.set.resize(draft.fields.size());
  draft.is_task = type.is_extern && (type.name.text() == "task" || type.name.text() == "action");
  draft.env = PlaceAt(c, *draft.file, c.model->items[id].scope);
  draft.self.id = c.next_binding++;
  draft.self.type_of = [&c, &draft](Symbol name, Span) { return SelfType(c, draft, name); };
  draft.self.names = [&draft] { return SelfNames(draft); };
  draft.self.shadows = [&draft](Symbol name) {
    return ShadowedBySibling(*draft.file, draft.decl->members, draft.current, name);
  };
}

bool InsideFor(const Context& c, ScopeId scope) {
  for (ScopeId s = scope; !IsNone(s) && c.names[s].owner != s; s = c.model->scopes[s].parent) {
    if (c.model->scopes[s].kind == Scope::Kind::kFor) return true;
  }
  return false;
}

void CheckKeyAndCondition(Context& c, Draft& draft) {
  const ast::InstanceDecl& decl = *draft.decl;
  Frame frame;
  draft.env.frame = &frame;
  if (decl.key) {
    ExprId key = CheckExpr(c, draft.env, *decl.key);
    auto prim = PrimOf(c, TypeOf(c, key));
    bool fits = prim == Prim::kString || prim == Prim::kInt || prim == Prim::kBool ||
                prim == Prim::kError || prim == Prim::kAny;
    if (!fits) {
      c.diags->Add(Diag::kBadKeyType, SpanOf(c, key), {Show(c, TypeOf(c, key))});
    }
    draft.node.key = key;
  } else if (InsideFor(c, c.model->items[draft.id].scope)) {
    Diagnostic& d = c.diags->Add(Diag::kKeyNeeded, decl.name.span, {decl.name.text.text()});
    d.hint = fmt::format("write `{}[key]`, with a key that differs in each round",
                         decl.name.text.text());
  }
  if (decl.condition) {
    draft.node.condition = CheckExpr(c, draft.env, *decl.condition, c.prim(Prim::kBool));
    Assume(c, draft.env, *decl.condition, Outcome::kTrue);
  }
  draft.node.frame_size = frame.size;
  draft.env.frame = nullptr;
}

void RemoveField(Draft& draft, Symbol name) {
  std::erase_if(draft.node.fields, [&](const InstanceField& f) { return f.name == name; });
}

void AddField(Draft& draft, Symbol name, const Checked& checked, Span span) {
  draft.node.fields.push_back({name, checked.expr, checked.frame_size, span, false});
}

bool MeansAnOut(std::string_view name) {
  return name == "out" || name == "outs" || name == "output" || name == "outputs";
}

void ReportUnknown(Context& c, Draft& draft, const ast::Name& name) {
  Diagnostic& d = c.diags->Add(Diag::kUnknownField, name.span,
                               {Show(c, TypeOfNominal(c, draft.nominal)), name.text.text()});
  if (draft.is_task && MeansAnOut(name.text.text())) {
    d.hint = "a file that it makes is declared as `out NAME: file = \"PATH\"`";
    return;
  }
  std::vector<std::string> names = SelfNames(draft);
  for (const RecordField& meta : Metas(c)) names.push_back(meta.name.str());
  const std::string meant = SuggestField(d, name, names);
  for (size_t i = 0; i < draft.fields.size(); ++i) {
    if (draft.fields[i].name.text() == meant) draft.set[i] = true;
  }
}

// What the instance does not give yet: fields of its type, then metas.
void FillHole(Context& c, const Draft& draft) {
  std::vector<RecordField> fields = draft.fields;
  for (const RecordField& meta : Metas(c)) {
    if (!FindField(fields, meta.name)) fields.push_back(meta);
  }
  std::vector<bool> given;
  for (const RecordField& field : fields) {
    given.push_back(std::ranges::any_of(draft.decl->members, [&](const auto& member) {
      return member.kind == Kind::kField && member.name.text == field.name;
    }));
  }
  FoundField(c, draft.env, TypeOfNominal(c, draft.nominal), draft.nominal, fields, given);
}

// The type of the field or meta; kNone: there is none, which is reported.
TypeId ExpectedOf(Context& c, Draft& draft, const ast::Name& name) {
  if (IsHole(c, name.text)) FillHole(c, draft);
  for (size_t i = 0; i < draft.fields.size(); ++i) {
    if (draft.fields[i].name != name.text) continue;
    draft.set[i] = true;
    return draft.fields[i].type;
  }
  const RecordField* meta = FindField(Metas(c), name.text);
  if (!meta && IsOpen(c, draft.nominal)) return c.prim(Prim::kAny);
  if (!meta) {
    ReportUnknown(c, draft, name);
    return kNone<TypeId>;
  }
  if (name.text.text() == "provider") {
    c.diags->Add(Diag::kNotImplemented, name.span, {"the field `provider`"});
  }
  return meta->type;
}

Checked CheckWithRows(Context& c, Draft& draft, RowRole role, ast::ExprId value, TypeId declared) {
  TypeId over = kNone<TypeId>;
  if (role == RowRole::kFunction || role == RowRole::kRule)
    over = RowsOver(c, draft.env, draft.nominal, *draft.decl);
  Frame frame;
  Env env = draft.env;
  env.frame = &frame;
  ExprId expr = CheckRowField(c, env, role, value, declared, over);
  return {expr, frame.size};
}

void CheckField(Context& c, Draft& draft, const ast::InstanceMember& member) {
  draft.current = member.name.text;
  NoteFieldOf(c, draft.nominal, member.name);
  TypeId expected = ExpectedOf(c, draft, member.name);
  RowRole role = RowRoleOf(*c.model, draft.nominal, member.name.text);
  Checked checked = role == RowRole::kNone ? CheckInFrame(c, draft.env, member.value, expected)
                                           : CheckWithRows(c, draft, role, member.value, expected);
  draft.current = Symbol();
  if (!IsNone(expected)) AddField(draft, member.name.text, checked, member.name.span);
}

// One field for each of the spread value's; a later field of the name takes its place.
void CheckSpread(Context& c, Draft& draft, const ast::InstanceMember& member) {
  Checked checked = CheckInFrame(c, draft.env, member.value, kNone<TypeId>);
  TypeId type = TypeOf(c, checked.expr);
  Span span = SpanOf(c, checked.expr);
  if (IsError(c, type)) {
    draft.set.assign(draft.set.size(), true);
    return;
  }
  const auto* own = FieldsOf(c, type);
  if (!own) {
    bool map = c.types().As<MapType>(type) || c.types().Is(type, Prim::kAny);
    c.diags->Add(map ? Diag::kNotImplemented : Diag::kNotARecord, span,
                 {map ? "spreading a map into an instance" : Show(c, type)});
    return;
  }
  for (const RecordField& field : std::vector<RecordField>(*own)) {
    TypeId expected = ExpectedOf(c, draft, {field.name, span});
    if (IsNone(expected)) continue;
    ExprId value = Add(c, MemberExpr{checked.expr, field.name, false}, field.type, span);
    RemoveField(draft, field.name);
    AddField(draft, field.name, {Coerce(c, value, expected), checked.frame_size}, span);
  }
}

// The type an out's value has: a captured file is written as its path.
TypeId TypeOfOutValue(Context& c, const Draft& draft, TypeId declared) {
  bool captured = draft.is_task && c.types().Is(declared, Prim::kFile);
  return captured ? c.prim(Prim::kString) : declared;
}

void CheckOut(Context& c, Draft& draft, const ast::InstanceMember& member) {
  const RecordField* own = FindField(draft.outs, member.name.text);
  if (!own) return;  // it clashes, which is reported
  TypeId type = own->type;
  Checked checked = CheckInFrame(c, draft.env, member.value, TypeOfOutValue(c, draft, type));
  draft.node.outs.push_back(
      {member.name.text, type, checked.expr, checked.frame_size, member.name.span});
}

void RefuseTwice(Context& c, const ast::InstanceDecl& decl) {
  for (size_t i = 0; i < decl.members.size(); ++i) {
    if (decl.members[i].kind == Kind::kSpread) continue;
    for (size_t j = 0; j < i; ++j) {
      bool same = decl.members[j].kind != Kind::kSpread &&
                  decl.members[j].name.text == decl.members[i].name.text;
      if (!same) continue;
      const ast::Name& name = decl.members[i].name;
      c.diags->Add(Diag::kDuplicateField, name.span, {name.text.text()})
          .related.push_back({decl.members[j].name.span, "it is given here first"});
      break;
    }
  }
}

void CheckMembers(Context& c, Draft& draft) {
  for (const ast::InstanceMember& member : draft.decl->members) {
    switch (member.kind) {
      case Kind::kField:
        RemoveField(draft, member.name.text);
        CheckField(c, draft, member);
        break;
      case Kind::kSpread:
        CheckSpread(c, draft, member);
        break;
      case Kind::kOut:
        CheckOut(c, draft, member);
        break;
    }
  }
}

// What is not set takes the type's default; a component's params have theirs inside of it.
void Complete(Context& c, Draft& draft) {
  std::vector<Symbol> missing;
  bool component = !IsNone(c.nominals[draft.nominal].component);
  for (size_t i = 0; i < draft.fields.size(); ++i) {
    if (draft.set[i]) continue;
    Symbol name = draft.fields[i].name;
    auto value = component ? std::nullopt : DefaultOf(c, draft.nominal, name);
    if (value) {
      draft.node.fields.push_back({name, *value, 0, SpanOf(c, *value), true});
    } else if (draft.fields[i].required) {
      missing.push_back(name);
    }
  }
  if (missing.empty()) return;
  ReportMissingFields(c, draft.decl->name.span, missing, TypeOfNominal(c, draft.nominal));
}

}  // namespace

std::vector<RecordField> OutsOfInstance(Context& c, ItemId id) {
  NominalId nominal = HeadOf(c, id);
  const auto& decl = c.items[id].decl.As<ast::InstanceDecl>();
  bool any = std::ranges::any_of(decl.members, [](const auto& m) { return m.kind == Kind::kOut; });
  bool rows = !IsNone(nominal) && std::ranges::any_of(decl.members, [&](const auto& m) {
    return RowRoleOf(*c.model, nominal, m.name.text) != RowRole::kNone;
  });
  if (IsNone(nominal) || (!any && !rows)) return {};
  Draft draft;
  Begin(c, draft, id, nominal);
  draft.env.self = &draft.self;
  for (const ast::InstanceMember& member : decl.members) {
    if (member.kind != Kind::kOut) continue;
    if (!IsNone(c.nominals[nominal].component)) {
      c.diags->Add(Diag::kOutNotAllowed, member.name.span,
                   {c.types().nominal[nominal].name.text()});
      continue;
    }
    if (SelfType(c, draft, member.name.text)) {
      c.diags->Add(Diag::kOutIsField, member.name.span,
                   {member.name.text.text(), c.types().nominal[nominal].name.text()});
      continue;
    }
    TypeId type = member.type
                      ? ResolveType(c, {draft.file, draft.env.scope}, *member.type)
                      : TypeOf(c, CheckInFrame(c, draft.env, member.value, kNone<TypeId>).expr);
    draft.outs.push_back({member.name.text, type, true});
  }
  TypeId row = rows ? RowsOf(c, draft.env, nominal, decl) : kNone<TypeId>;
  if (!IsNone(row)) {
    draft.outs.push_back({RowTypeName(), c.types().Intern(TypeValueType{row}), true});
  }
  return draft.outs;
}

void CheckInstance(Context& c, ItemId id) {
  TypeId type = TypeOfItem(c, id);
  NominalId nominal = HeadOf(c, id);
  Draft draft;
  if (IsNone(nominal)) return;
  Begin(c, draft, id, nominal);
  draft.node = std::get<InstanceItem>(c.model->items[id].node);
  if (const auto* map = c.types().As<MapType>(type)) type = map->value;
  if (const auto* instance = c.types().As<InstanceType>(type)) draft.outs = instance->outs;
  draft.node.fields.reserve(draft.fields.size());
  RefuseTwice(c, *draft.decl);
  CheckKeyAndCondition(c, draft);
  draft.env.self = &draft.self;
  CheckMembers(c, draft);
  Complete(c, draft);
  c.model->items[id].node = std::move(draft.node);
}

}  // namespace opsc::sema
