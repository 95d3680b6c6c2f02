#include "compiler/sema/unify.h"

#include <algorithm>

#include "compiler/sema/fit.h"
#include "compiler/sema/rows.h"

namespace opsc::sema {
namespace {

bool AnyHasVar(Context& c, const std::vector<TypeId>& types) {
  return std::ranges::any_of(types, [&](TypeId type) { return HasVar(c, type); });
}

bool ComputeHasVar(Context& c, TypeId type) {
  return Match(
      c.types()[type], [](const VarType&) { return true; },
      [&](const ListType& t) { return HasVar(c, t.element); },
      [&](const MapType& t) { return HasVar(c, t.value); },
      [&](const OptionalType& t) { return HasVar(c, t.base); },
      [&](const SecretType& t) { return HasVar(c, t.base); },
      [&](const RowsType& t) { return HasVar(c, t.row); },
      [&](const UnionType& t) { return AnyHasVar(c, t.members); },
      [&](const FunctionType& t) { return AnyHasVar(c, t.params) || HasVar(c, t.result); },
      [&](const RecordType& t) {
        return std::ranges::any_of(t.fields,
                                   [&](const RecordField& f) { return HasVar(c, f.type); });
      },
      [](const auto&) { return false; });
}

TypeId SubstituteFunction(Context& c, FunctionType type, const Bindings& bindings) {
  for (TypeId& param : type.params) param = Substitute(c, param, bindings);
  type.result = Substitute(c, type.result, bindings);
  return c.types().Intern(std::move(type));
}

TypeId SubstituteRecord(Context& c, RecordType type, const Bindings& bindings) {
  for (RecordField& field : type.fields) field.type = Substitute(c, field.type, bindings);
  return c.types().Intern(std::move(type));
}

TypeId SubstituteUnion(Context& c, UnionType type, const Bindings& bindings) {
  for (TypeId& member : type.members) member = Substitute(c, member, bindings);
  return MakeUnion(c, type.members);
}

void Bind(Context& c, TypeId& bound, TypeId given) {
  TypeId wide = Widen(c, given);
  const auto* record = c.types().As<RecordType>(wide);
  // `{}` alone is an empty map of anything.
  if (record && record->fields.empty()) wide = c.types().Intern(MapType{c.prim(Prim::kNever)});
  bool open = IsNone(bound) || c.types().Is(bound, Prim::kNever) || IsError(c, bound);
  if (open) {
    bound = wide;
    return;
  }
  if (Fits(c, given, bound) == Fit::kNo && Fits(c, bound, wide) == Fit::kYes) bound = wide;
}

// The vars of `wanted` take what nothing is known of.
void BindAll(Context& c, Bindings& bindings, TypeId wanted, TypeId with) {
  if (!HasVar(c, wanted)) return;
  Match(
      c.types()[wanted],
      [&](const VarType& t) {
        if (IsNone(bindings[t.index])) bindings[t.index] = with;
      },
      [&](const ListType& t) { BindAll(c, bindings, t.element, with); },
      [&](const MapType& t) { BindAll(c, bindings, t.value, with); },
      [&](const OptionalType& t) { BindAll(c, bindings, t.base, with); },
      [&](const SecretType& t) { BindAll(c, bindings, t.base, with); },
      [&](const RowsType& t) { BindAll(c, bindings, t.row, with); }, [](const auto&) {});
}

void UnifyFields(Context& c, Bindings& bindings, const RecordType& wanted, TypeId given) {
  const auto* fields = FieldsOf(c, given);
  if (!fields) return;
  for (const RecordField& field : wanted.fields) {
    const RecordField* own = FindField(*fields, field.name);
    if (own) Unify(c, bindings, field.type, own->type);
  }
}

void UnifyMap(Context& c, Bindings& bindings, const MapType& wanted, TypeId given) {
  if (const auto* map = c.types().As<MapType>(given)) {
    Unify(c, bindings, wanted.value, map->value);
    return;
  }
  const auto* fields = FieldsOf(c, given);
  if (!fields) return;
  std::vector<TypeId> types;
  for (const RecordField& field : *fields) types.push_back(field.type);
  if (!types.empty()) Unify(c, bindings, wanted.value, JoinAll(c, types));
}

// Rows, or an instance that has them.
void UnifyRows(Context& c, Bindings& bindings, const RowsType& wanted, TypeId given) {
  const auto* rows = c.types().As<RowsType>(given);
  TypeId row = rows ? rows->row : RowTypeOfInstance(c, given);
  if (!IsNone(row)) Unify(c, bindings, wanted.row, row);
}

void UnifyFunction(Context& c, Bindings& bindings, const FunctionType& wanted, TypeId given) {
  const auto* function = c.types().As<FunctionType>(given);
  if (!function || function->params.size() != wanted.params.size()) return;
  for (size_t i = 0; i < wanted.params.size(); ++i) {
    Unify(c, bindings, wanted.params[i], function->params[i]);
  }
  Unify(c, bindings, wanted.result, function->result);
}

}  // namespace

bool HasVar(Context& c, TypeId type) {
  auto it = c.has_var.find(type);
  if (it != c.has_var.end()) return it->second;
  bool has = ComputeHasVar(c, type);
  c.has_var[type] = has;
  return has;
}

TypeId Substitute(Context& c, TypeId type, const Bindings& bindings) {
  if (bindings.empty() || !HasVar(c, type)) return type;
  return Match(
      c.types()[type],
      [&](const VarType& t) {
        bool known = t.index < bindings.size() && !IsNone(bindings[t.index]);
        return known ? bindings[t.index] : type;
      },
      [&](const ListType& t) {
        return c.types().Intern(ListType{Substitute(c, t.element, bindings)});
      },
      [&](const MapType& t) { return c.types().Intern(MapType{Substitute(c, t.value, bindings)}); },
      [&](const OptionalType& t) { return MakeOptional(c, Substitute(c, t.base, bindings)); },
      [&](const SecretType& t) { return MakeSecret(c, Substitute(c, t.base, bindings)); },
      [&](const RowsType& t) { return c.types().Intern(RowsType{Substitute(c, t.row, bindings)}); },
      [&](const UnionType& t) { return SubstituteUnion(c, t, bindings); },
      [&](const FunctionType& t) { return SubstituteFunction(c, t, bindings); },
      [&](const RecordType& t) { return SubstituteRecord(c, t, bindings); },
      [&](const auto&) { return type; });
}

void Unify(Context& c, Bindings& bindings, TypeId wanted, TypeId given) {
  if (!HasVar(c, wanted)) return;
  if (c.types().Is(given, Prim::kAny) || IsError(c, given)) {
    BindAll(c, bindings, wanted, given);
    return;
  }
  Match(
      c.types()[wanted], [&](const VarType& t) { Bind(c, bindings[t.index], given); },
      [&](const ListType& t) {
        const auto* list = c.types().As<ListType>(given);
        if (list) Unify(c, bindings, t.element, list->element);
      },
      [&](const MapType& t) { UnifyMap(c, bindings, t, given); },
      [&](const OptionalType& t) {
        const auto* optional = c.types().As<OptionalType>(given);
        if (c.types().Is(given, Prim::kNull)) return;
        Unify(c, bindings, t.base, optional ? optional->base : given);
      },
      [&](const SecretType& t) {
        const auto* secret = c.types().As<SecretType>(given);
        Unify(c, bindings, t.base, secret ? secret->base : given);
      },
      [&](const RowsType& t) { UnifyRows(c, bindings, t, given); },
      [&](const FunctionType& t) { UnifyFunction(c, bindings, t, given); },
      [&](const RecordType& t) { UnifyFields(c, bindings, t, given); }, [](const auto&) {});
}

}  // namespace opsc::sema
