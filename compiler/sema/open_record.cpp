// Records without expectation, `with`, and lists.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"
#include "compiler/sema/record.h"

namespace opsc::sema {
namespace {

// A record literal whose type comes from its entries. They are checked in order, or when a sibling
// reads them by `self`.
struct Open {
  Context& c;
  Env& env;
  const ast::RecordLit& record;
  std::vector<Fact> facts;  // as they are outside of any entry
  size_t locals = 0;
  std::vector<Progress> progress;
  std::vector<ExprId> values;
  Symbol current;
};

size_t IndexOf(const Open& open, Symbol name) {
  const auto& entries = open.record.entries;
  size_t i = 0;
  while (i < entries.size() &&
         (entries[i].spread || entries[i].key || entries[i].name.text != name)) {
    ++i;
  }
  return i;
}

void CheckEntry(Open& open, size_t i) {
  const ast::RecordEntry& entry = open.record.entries[i];
  open.progress[i] = Progress::kRunning;
  Symbol outer = std::exchange(open.current, entry.name.text);
  open.values[i] = CheckExpr(open.c, open.env, entry.value);
  open.current = outer;
  open.progress[i] = Progress::kDone;
}

// On behalf of a sibling: in the record's own place, without what surrounds the use.
void CheckEntryApart(Open& open, size_t i) {
  Frame& frame = *open.env.frame;
  auto hidden_from =
      frame.locals.begin() + static_cast<ptrdiff_t>(std::min(open.locals, frame.locals.size()));
  std::vector<Local> hidden(hidden_from, frame.locals.end());
  frame.locals.erase(hidden_from, frame.locals.end());
  std::vector<Fact> facts = std::exchange(open.env.facts, open.facts);
  CheckEntry(open, i);
  open.env.facts = std::move(facts);
  frame.locals.insert(frame.locals.end(), hidden.begin(), hidden.end());
}

std::optional<TypeId> TypeOfSibling(Open& open, Symbol name, Span use) {
  size_t i = IndexOf(open, name);
  if (i == open.record.entries.size()) return std::nullopt;
  if (open.progress[i] == Progress::kRunning) {
    open.c.diags->Add(Diag::kValueCycle, use,
                      {fmt::format("`self.{}`", name.text()), "a field reads itself"});
    return open.c.prim(Prim::kError);
  }
  if (open.progress[i] == Progress::kUntouched) CheckEntryApart(open, i);
  return TypeOf(open.c, open.values[i]);
}

std::vector<std::string> EntryNames(const ast::RecordLit& record) {
  std::vector<std::string> names;
  for (const ast::RecordEntry& entry : record.entries) {
    if (!entry.spread && !entry.key) names.push_back(entry.name.text.str());
  }
  return names;
}

// The fields of a record put together from entries; nullopt: it is a map (or an error).
std::optional<std::vector<RecordField>> FieldsOfOpen(Context& c, const Open& open) {
  std::vector<RecordField> fields;
  for (size_t i = 0; i < open.values.size(); ++i) {
    const ast::RecordEntry& entry = open.record.entries[i];
    TypeId type = TypeOf(c, open.values[i]);
    if (entry.key) return std::nullopt;
    std::vector<RecordField> added{{entry.name.text, type, !c.types().As<OptionalType>(type)}};
    if (entry.spread) {
      const auto* own = FieldsOf(c, type);
      if (!own) return std::nullopt;
      added = *own;
    }
    for (const RecordField& field : added) {
      auto it = std::ranges::find(fields, field.name, &RecordField::name);
      if (it == fields.end()) {
        fields.push_back(field);
      } else {
        *it = field;
      }
    }
  }
  return fields;
}

TypeId TypeOfMapEntries(Context& c, const Open& open) {
  std::vector<TypeId> types;
  for (size_t i = 0; i < open.values.size(); ++i) {
    TypeId type = TypeOf(c, open.values[i]);
    if (!open.record.entries[i].spread) {
      types.push_back(type);
    } else if (const auto* map = c.types().As<MapType>(type)) {
      types.push_back(map->value);
    } else if (const auto* fields = FieldsOf(c, type)) {
      for (const RecordField& field : *fields) types.push_back(field.type);
    } else if (c.types().Is(type, Prim::kAny) || IsError(c, type)) {
      return type;
    } else {
      c.diags->Add(Diag::kNotARecord, SpanOf(c, open.values[i]), {Show(c, type)});
      return c.prim(Prim::kError);
    }
  }
  return c.types().Intern(MapType{JoinAll(c, types)});
}

void RefuseDuplicates(Context& c, const ast::RecordLit& record) {
  std::vector<Symbol> seen;
  for (const ast::RecordEntry& entry : record.entries) {
    if (entry.spread || entry.key) continue;
    if (std::ranges::find(seen, entry.name.text) != seen.end()) {
      c.diags->Add(Diag::kDuplicateField, entry.name.span, {entry.name.text.text()});
    }
    seen.push_back(entry.name.text);
  }
}

}  // namespace

ExprId CheckOpenRecord(Context& c, Env& env, const ast::RecordLit& record, Span span) {
  size_t count = record.entries.size();
  Open open{c,
            env,
            record,
            env.facts,
            env.frame->locals.size(),
            std::vector<Progress>(count),
            std::vector<ExprId>(count, kNone<ExprId>),
            {}};
  SelfScope self;
  self.id = c.next_binding++;
  self.type_of = [&](Symbol name, Span use) { return TypeOfSibling(open, name, use); };
  self.names = [&] { return EntryNames(record); };
  self.shadows = [&](Symbol name) {
    return ShadowedBySibling(*env.file, record.entries, open.current, name);
  };
  RefuseDuplicates(c, record);
  const SelfScope* outer = std::exchange(env.self, &self);
  RecordExpr node;
  node.entries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const ast::RecordEntry& entry = record.entries[i];
    std::optional<ExprId> key;
    if (entry.key) key = CheckExpr(c, env, *entry.key, c.prim(Prim::kString));
    if (open.progress[i] == Progress::kUntouched) CheckEntry(open, i);
    Symbol name = entry.spread ? Symbol() : entry.name.text;
    node.entries.push_back({name, key, open.values[i], entry.spread});
  }
  env.self = outer;
  auto fields = FieldsOfOpen(c, open);
  TypeId type =
      fields ? c.types().Intern(RecordType{std::move(*fields)}) : TypeOfMapEntries(c, open);
  return Add(c, std::move(node), type, span);
}

namespace {

// What `with` makes of a record: the changes, and the type of the whole after them.
struct Changed {
  ExprId changes;
  TypeId type;
};

Changed CheckChanges(Context& c, Env& env, const ast::RecordLit& changes, Span span, TypeId base);

bool IsLiteralType(const Context& c, TypeId type) {
  const auto* choice = c.model->types.As<UnionType>(type);
  TypeId first = choice ? choice->members[0] : type;
  return c.model->types.As<LiteralType>(first) != nullptr;
}

// One changed field: deep where it is a record, else a new value. Gives its new type.
ExprId CheckChange(Context& c, Env& env, ast::ExprId id, TypeId& field, bool declared) {
  const ast::Expr& expr = env.file->exprs[id];
  const auto* nested = std::get_if<ast::RecordLit>(&expr.node);
  bool deep = nested && (FieldsOf(c, field) || c.types().As<MapType>(field));
  if (deep) {
    Changed changed = CheckChanges(c, env, *nested, expr.span, field);
    field = changed.type;
    return changed.changes;
  }
  if (declared || !IsLiteralType(c, field)) return CheckExpr(c, env, id, field);
  // A constant of an inferred record may be replaced by another of its kind.
  ExprId value = CheckExpr(c, env, id);
  if (Fits(c, TypeOf(c, value), field) != Fit::kYes) field = Widen(c, field);
  return Coerce(c, value, field);
}

Changed CheckMapChanges(Context& c, Env& env, const ast::RecordLit& changes, Span span,
                        TypeId base) {
  TypeId element = c.types().As<MapType>(base)->value;
  RecordExpr node;
  for (const ast::RecordEntry& entry : changes.entries) {
    std::optional<ExprId> key;
    if (entry.key) key = CheckExpr(c, env, *entry.key, c.prim(Prim::kString));
    TypeId expected = entry.spread ? base : element;
    ExprId value = CheckExpr(c, env, entry.value, expected);
    node.entries.push_back({entry.spread ? Symbol() : entry.name.text, key, value, entry.spread});
  }
  return {Add(c, std::move(node), base, span), base};
}

Changed CheckChanges(Context& c, Env& env, const ast::RecordLit& changes, Span span, TypeId base) {
  if (c.types().As<MapType>(base)) return CheckMapChanges(c, env, changes, span, base);
  std::vector<RecordField> fields = *FieldsOf(c, base);
  bool declared = c.types().As<NamedType>(base) != nullptr;
  RecordExpr node;
  for (const ast::RecordEntry& entry : changes.entries) {
    if (entry.key || entry.spread) {
      c.diags->Add(Diag::kNotImplemented, env.file->exprs[entry.value].span,
                   {"a spread or computed name inside of `with`"});
      continue;
    }
    auto field = std::ranges::find(fields, entry.name.text, &RecordField::name);
    if (field == fields.end()) {
      ReportUnknownField(c, base, entry.name);
      CheckExpr(c, env, entry.value);
      continue;
    }
    ExprId value = CheckChange(c, env, entry.value, field->type, declared);
    node.entries.push_back({entry.name.text, std::nullopt, value, false});
  }
  TypeId type = declared ? base : c.types().Intern(RecordType{std::move(fields)});
  return {Add(c, std::move(node), type, span), type};
}

bool HasChecks(const Context& c, TypeId type) {
  const auto* named = c.model->types.As<NamedType>(type);
  if (!named) return false;
  auto it = c.model->nominals.find(static_cast<uint32_t>(named->nominal));
  return it != c.model->nominals.end() && !it->second.checks.empty();
}

}  // namespace

ExprId CheckWith(Context& c, Env& env, const ast::WithExpr& with, Span span, TypeId expected) {
  const ast::Expr& changes = env.file->exprs[with.changes];
  const auto* record = std::get_if<ast::RecordLit>(&changes.node);
  bool data =
      !IsNone(expected) && (c.types().As<MapType>(expected) || c.types().As<NamedType>(expected));
  bool literal = std::holds_alternative<ast::RecordLit>(env.file->exprs[with.base].node);
  ExprId base = CheckExpr(c, env, with.base, data && literal ? expected : kNone<TypeId>);
  TypeId type = TypeOf(c, base);
  if (IsError(c, type) || !record) return AddError(c, span);
  if (c.types().Is(type, Prim::kAny)) {
    ExprId open = CheckOpenRecord(c, env, *record, changes.span);
    return Add(c, WithExpr{base, open}, type, span);
  }
  if (!FieldsOf(c, type) && !c.types().As<MapType>(type)) {
    c.diags->Add(Diag::kNotARecord, SpanOf(c, base), {Show(c, type)});
    return AddError(c, span);
  }
  Changed changed = CheckChanges(c, env, *record, changes.span, type);
  ExprId value = Add(c, WithExpr{base, changed.changes}, changed.type, span);
  if (!HasChecks(c, changed.type)) return value;
  return Add(c, EnsureExpr{value, changed.type}, changed.type, span);
}

ExprId CheckList(Context& c, Env& env, const ast::ListLit& list, Span span, TypeId expected) {
  const auto* wanted = IsNone(expected) ? nullptr : c.types().As<ListType>(expected);
  bool dynamic = !IsNone(expected) && c.types().Is(expected, Prim::kAny);
  ListExpr node;
  node.elements.reserve(list.elements.size());
  std::vector<TypeId> types;
  for (const ast::ListElement& element : list.elements) {
    TypeId aim = kNone<TypeId>;
    if (wanted) aim = element.spread ? expected : wanted->element;
    if (dynamic && !element.spread) aim = expected;
    ExprId value = CheckExpr(c, env, element.value, aim);
    node.elements.push_back({element.spread, value});
    if (wanted) continue;
    TypeId type = TypeOf(c, value);
    if (!element.spread) {
      types.push_back(type);
    } else if (const auto* spread = c.types().As<ListType>(type)) {
      types.push_back(spread->element);
    } else if (!IsError(c, type)) {
      ReportMismatch(c, SpanOf(c, value), c.types().Intern(ListType{c.prim(Prim::kAny)}), type);
    }
  }
  if (wanted) return Add(c, std::move(node), expected, span);
  return Add(c, std::move(node), c.types().Intern(ListType{JoinAll(c, types)}), span);
}

}  // namespace opsc::sema
