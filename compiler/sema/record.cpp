#include "compiler/sema/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

// A record literal whose fields are known from the place where it stands.
struct Closed {
  TypeId type;
  NominalId nominal = kNone<NominalId>;  // of a declared type
  std::vector<RecordField> fields;
  std::vector<bool> set;
  Symbol current;
  Fit fit = Fit::kYes;
  RecordExpr node;
};

size_t IndexOf(const std::vector<RecordField>& fields, Symbol name) {
  size_t i = 0;
  while (i < fields.size() && fields[i].name != name) ++i;
  return i;
}

std::vector<std::string> NamesOf(const std::vector<RecordField>& fields) {
  std::vector<std::string> names;
  for (const RecordField& field : fields) names.push_back(field.name.str());
  return names;
}

// Which fields the literal gives, also those that come later.
std::vector<bool> GivenIn(const Closed& closed, const ast::RecordLit& record) {
  std::vector<bool> given = closed.set;
  for (const ast::RecordEntry& entry : record.entries) {
    size_t at = entry.spread || entry.key ? given.size() : IndexOf(closed.fields, entry.name.text);
    if (at < given.size()) given[at] = true;
  }
  return given;
}

void CheckEntry(Context& c, Env& env, Closed& closed, const ast::RecordLit& record,
                const ast::RecordEntry& entry) {
  if (entry.key) {
    c.diags->Add(Diag::kMisplaced, env.file->exprs[*entry.key].span,
                 {"a computed field name", Show(c, closed.type) + " is a closed record"});
    return;
  }
  if (entry.spread) {
    ExprId value = CheckExpr(c, env, entry.value);
    closed.fit = std::min(closed.fit, FitSpread(c, value, closed.fields, closed.type, closed.set));
    closed.node.entries.push_back({Symbol(), std::nullopt, value, true});
    return;
  }
  size_t at = IndexOf(closed.fields, entry.name.text);
  if (IsHole(c, entry.name.text)) {
    FoundField(c, env, closed.type, closed.nominal, closed.fields, GivenIn(closed, record));
  }
  NoteFieldOf(c, closed.nominal, entry.name);
  if (at == closed.fields.size()) {
    const std::string meant = ReportUnknownField(c, closed.type, entry.name);
    const size_t meant_at = IndexOf(closed.fields, Symbol(meant));
    if (meant_at < closed.fields.size()) closed.set[meant_at] = true;
    CheckExpr(c, env, entry.value);
    return;
  }
  bool twice = std::ranges::any_of(closed.node.entries, [&](const RecordEntry& e) {
    return !e.spread && e.name == entry.name.text;
  });
  if (twice) c.diags->Add(Diag::kDuplicateField, entry.name.span, {entry.name.text.text()});
  closed.current = entry.name.text;
  ExprId value = CheckExpr(c, env, entry.value, closed.fields[at].type);
  closed.current = Symbol();
  closed.set[at] = true;
  closed.node.entries.push_back({entry.name.text, std::nullopt, value, false});
}

// What is not set takes its default; what has none is missing.
void Complete(Context& c, Closed& closed, Span span) {
  std::vector<Symbol> missing;
  for (size_t i = 0; i < closed.fields.size(); ++i) {
    if (closed.set[i]) continue;
    Symbol name = closed.fields[i].name;
    auto value = IsNone(closed.nominal) ? std::nullopt : DefaultOf(c, closed.nominal, name);
    if (value) {
      closed.node.entries.push_back({name, std::nullopt, *value, false});
    } else if (closed.fields[i].required) {
      missing.push_back(name);
    }
  }
  if (!missing.empty()) ReportMissingFields(c, span, missing, closed.type);
}

bool HasChecks(const Context& c, NominalId id) {
  if (IsNone(id)) return false;
  auto it = c.model->nominals.find(static_cast<uint32_t>(id));
  return it != c.model->nominals.end() && !it->second.checks.empty();
}

ExprId CheckClosed(Context& c, Env& env, const ast::RecordLit& record, Span span, TypeId type) {
  Closed closed{.type = type, .fields = *FieldsOf(c, type), .set = {}, .current = {}, .node = {}};
  if (const auto* named = c.types().As<NamedType>(type)) closed.nominal = named->nominal;
  closed.set.resize(closed.fields.size());
  closed.node.entries.reserve(closed.fields.size());
  SelfScope self;
  self.id = c.next_binding++;
  self.type_of = [&](Symbol name, Span) -> std::optional<TypeId> {
    const RecordField* field = FindField(closed.fields, name);
    return field ? std::optional(field->type) : std::nullopt;
  };
  self.names = [&] { return NamesOf(closed.fields); };
  self.shadows = [&](Symbol name) {
    return ShadowedBySibling(*env.file, record.entries, closed.current, name);
  };
  const SelfScope* outer = std::exchange(env.self, &self);
  for (const ast::RecordEntry& entry : record.entries) CheckEntry(c, env, closed, record, entry);
  env.self = outer;
  Complete(c, closed, span);
  ExprId value = Add(c, std::move(closed.node), type, span);
  bool ensure = closed.fit == Fit::kEnsure || HasChecks(c, closed.nominal);
  return ensure ? Add(c, EnsureExpr{value, type}, type, span) : value;
}

ExprId CheckMapLiteral(Context& c, Env& env, const ast::RecordLit& record, Span span, TypeId type) {
  TypeId element = c.types().As<MapType>(type)->value;
  RecordExpr node;
  node.entries.reserve(record.entries.size());
  for (const ast::RecordEntry& entry : record.entries) {
    if (entry.spread) {
      node.entries.push_back({Symbol(), std::nullopt, CheckExpr(c, env, entry.value, type), true});
      continue;
    }
    std::optional<ExprId> key;
    if (entry.key) key = CheckExpr(c, env, *entry.key, c.prim(Prim::kString));
    ExprId value = CheckExpr(c, env, entry.value, element);
    node.entries.push_back({entry.name.text, key, value, false});
  }
  return Add(c, std::move(node), type, span);
}

// "`kind` is "circle" or "square"": the first literal field that all members have.
std::string Discriminators(Context& c, const UnionType& choice) {
  const auto* first = FieldsOf(c, choice.members[0]);
  if (!first) return "";
  for (const RecordField& field : *first) {
    std::string text;
    bool all = std::ranges::all_of(choice.members, [&](TypeId member) {
      const auto* fields = FieldsOf(c, member);
      const RecordField* own = fields ? FindField(*fields, field.name) : nullptr;
      if (!own || !c.types().As<LiteralType>(own->type)) return false;
      text += (text.empty() ? "" : " or ") + Show(c, own->type);
      return true;
    });
    if (all) return fmt::format("`{}` is {}", field.name.text(), text);
  }
  return "";
}

bool HasRecordMember(const Context& c, TypeId type) {
  const auto* choice = c.model->types.As<UnionType>(type);
  return choice && std::ranges::any_of(choice->members, [&](TypeId member) {
           return FieldsOf(c, Strip(c, member).type) || c.model->types.As<MapType>(member);
         });
}

}  // namespace

void ReportMissingFields(Context& c, Span span, const std::vector<Symbol>& missing, TypeId whole) {
  std::string names;
  for (Symbol name : missing) names += (names.empty() ? "" : "`, `") + name.str();
  c.diags->Add(Diag::kMissingField, span, {names, Show(c, whole)});
}

Fit FitSpread(Context& c, ExprId value, const std::vector<RecordField>& fields, TypeId whole,
              std::vector<bool>& set) {
  TypeId type = TypeOf(c, value);
  bool open = c.types().Is(type, Prim::kAny) || c.types().As<MapType>(type) || IsError(c, type);
  if (open) {
    set.assign(set.size(), true);
    return IsError(c, type) ? Fit::kYes : Fit::kEnsure;
  }
  const auto* own = FieldsOf(c, type);
  if (!own) {
    c.diags->Add(Diag::kNotARecord, SpanOf(c, value), {Show(c, type)});
    return Fit::kYes;
  }
  Fit fit = Fit::kYes;
  for (const RecordField& field : *own) {
    size_t at = IndexOf(fields, field.name);
    if (at == fields.size()) {
      c.diags->Add(Diag::kUnknownField, SpanOf(c, value), {Show(c, whole), field.name.text()});
      continue;
    }
    set[at] = true;
    Fit of_field = Fits(c, field.type, fields[at].type);
    if (of_field == Fit::kNo) {
      ReportMismatch(c, SpanOf(c, value), fields[at].type, field.type);
    } else {
      fit = std::min(fit, of_field);
    }
  }
  return fit;
}

ExprId CheckRecord(Context& c, Env& env, const ast::RecordLit& record, Span span, TypeId expected) {
  if (!IsNone(expected)) {
    if (c.types().As<MapType>(expected)) return CheckMapLiteral(c, env, record, span, expected);
    if (FieldsOf(c, expected)) return CheckClosed(c, env, record, span, expected);
    if (HasRecordMember(c, expected)) {
      c.diags->Add(Diag::kNoUnionMember, span, {Show(c, expected)}).hint =
          Discriminators(c, *c.types().As<UnionType>(expected));
      return AddError(c, span);
    }
  }
  return CheckOpenRecord(c, env, record, span);
}

}  // namespace opsc::sema
