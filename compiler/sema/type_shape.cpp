#include <algorithm>
#include <unordered_set>

#include "compiler/sema/fit.h"

namespace opsc::sema {
namespace {

constexpr size_t kMaxLiterals = 16;  // beyond, a list of constants is a list of their base type

Prim PrimOfValue(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kInt:
      return Prim::kInt;
    case ValueKind::kBool:
      return Prim::kBool;
    default:
      return Prim::kString;
  }
}

TypeId WidenFields(Context& c, const RecordType& record) {
  RecordType wide = record;
  for (RecordField& field : wide.fields) field.type = Widen(c, field.type);
  return c.types().Intern(std::move(wide));
}

TypeId WidenUnion(Context& c, const UnionType& choice) {
  std::vector<TypeId> members;
  members.reserve(choice.members.size());
  for (TypeId member : choice.members) members.push_back(Widen(c, member));
  return MakeUnion(c, members);
}

TypeId ComputeWiden(Context& c, TypeId type) {
  const Type& node = c.types()[type];
  return Match(
      node, [&](const LiteralType& t) { return c.prim(PrimOfValue(t.value)); },
      [&](const RefinedType& t) { return t.base; },
      [&](const UnionType& t) { return WidenUnion(c, t); },
      [&](const ListType& t) { return c.types().Intern(ListType{Widen(c, t.element)}); },
      [&](const MapType& t) { return c.types().Intern(MapType{Widen(c, t.value)}); },
      [&](const OptionalType& t) { return MakeOptional(c, Widen(c, t.base)); },
      [&](const SecretType& t) { return MakeSecret(c, Widen(c, t.base)); },
      [&](const RecordType& t) { return WidenFields(c, t); }, [&](const auto&) { return type; });
}

bool AnyFieldSecret(Context& c, const std::vector<RecordField>& fields) {
  return std::ranges::any_of(
      fields, [&](const RecordField& field) { return ContainsSecret(c, field.type); });
}

bool ComputeSecret(Context& c, TypeId type) {
  return Match(
      c.types()[type], [](const SecretType&) { return true; },
      [&](const UnionType& t) {
        return std::ranges::any_of(t.members, [&](TypeId m) { return ContainsSecret(c, m); });
      },
      [&](const ListType& t) { return ContainsSecret(c, t.element); },
      [&](const MapType& t) { return ContainsSecret(c, t.value); },
      [&](const OptionalType& t) { return ContainsSecret(c, t.base); },
      [&](const RecordType& t) { return AnyFieldSecret(c, t.fields); },
      [&](const NamedType& t) { return AnyFieldSecret(c, c.types().nominal[t.nominal].fields); },
      [](const auto&) { return false; });
}

bool IsLiterals(const Context& c, TypeId type) {
  const auto& types = c.model->types;
  if (types.As<LiteralType>(type)) return true;
  const auto* choice = types.As<UnionType>(type);
  return choice &&
         std::ranges::all_of(choice->members, [&](TypeId m) { return types.As<LiteralType>(m); });
}

std::vector<TypeId> Distinct(const std::vector<TypeId>& types) {
  std::vector<TypeId> distinct;
  std::unordered_set<TypeId> seen;
  for (TypeId type : types) {
    if (seen.insert(type).second) distinct.push_back(type);
  }
  return distinct;
}

}  // namespace

TypeId Widen(Context& c, TypeId type) {
  if (auto it = c.widened.find(type); it != c.widened.end()) return it->second;
  TypeId wide = ComputeWiden(c, type);
  c.widened[type] = wide;
  return wide;
}

TypeId WidenTop(Context& c, TypeId type) {
  bool inside =
      c.types().As<ListType>(type) || c.types().As<MapType>(type) || c.types().As<RecordType>(type);
  return inside ? type : Widen(c, type);
}

std::string Show(const Context& c, TypeId type) {
  return c.model->types.Print(type, 160);
}

bool IsError(const Context& c, TypeId type) {
  return c.model->types.Is(type, Prim::kError);
}

bool ContainsSecret(Context& c, TypeId type) {
  auto [it, fresh] = c.has_secret.try_emplace(type, false);
  if (!fresh) return it->second;
  bool secret = ComputeSecret(c, type);
  c.has_secret[type] = secret;
  return secret;
}

TypeId MakeUnion(Context& c, const std::vector<TypeId>& members) {
  std::vector<TypeId> flat;
  for (TypeId member : members) {
    const auto* choice = c.types().As<UnionType>(member);
    if (choice) {
      flat.insert(flat.end(), choice->members.begin(), choice->members.end());
    } else if (!c.types().Is(member, Prim::kNever)) {
      flat.push_back(member);
    }
  }
  flat = Distinct(flat);
  if (flat.empty()) return c.prim(Prim::kNever);
  return flat.size() == 1 ? flat[0] : c.types().Intern(UnionType{std::move(flat)});
}

TypeId MakeOptional(Context& c, TypeId base) {
  const auto& types = c.types();
  bool already = types.As<OptionalType>(base) || types.Is(base, Prim::kNull) ||
                 types.Is(base, Prim::kAny) || types.Is(base, Prim::kError);
  return already ? base : c.types().Intern(OptionalType{base});
}

TypeId MakeSecret(Context& c, TypeId base) {
  if (c.types().As<SecretType>(base) || IsError(c, base)) return base;
  if (const auto* optional = c.types().As<OptionalType>(base)) {
    TypeId inner = optional->base;
    return MakeOptional(c, MakeSecret(c, inner));
  }
  return c.types().Intern(SecretType{base});
}

TypeId Join(Context& c, TypeId a, TypeId b) {
  if (a == b || IsError(c, a)) return a;
  if (Fits(c, a, b) == Fit::kYes) return b;
  if (Fits(c, b, a) == Fit::kYes) return a;
  if (c.types().Is(a, Prim::kNull)) return MakeOptional(c, b);
  if (c.types().Is(b, Prim::kNull)) return MakeOptional(c, a);
  TypeId wide_a = Widen(c, a);
  TypeId wide_b = Widen(c, b);
  if (wide_a != wide_b) return kNone<TypeId>;
  return IsLiterals(c, a) && IsLiterals(c, b) ? MakeUnion(c, {a, b}) : wide_a;
}

TypeId JoinAll(Context& c, const std::vector<TypeId>& types) {
  std::vector<TypeId> distinct = Distinct(types);
  if (distinct.size() > kMaxLiterals) {
    for (TypeId& type : distinct) type = Widen(c, type);
    distinct = Distinct(distinct);
  }
  std::vector<TypeId> members;
  for (TypeId type : distinct) {
    bool joined = false;
    for (TypeId& member : members) {
      TypeId both = Join(c, member, type);
      if (IsNone(both)) continue;
      member = both;
      joined = true;
      break;
    }
    if (!joined) members.push_back(type);
  }
  return MakeUnion(c, members);
}

Bare Strip(const Context& c, TypeId type) {
  Bare bare{type};
  for (;;) {
    if (const auto* secret = c.model->types.As<SecretType>(bare.type)) {
      bare.secret = true;
      bare.type = secret->base;
    } else if (const auto* optional = c.model->types.As<OptionalType>(bare.type)) {
      bare.optional = true;
      bare.type = optional->base;
    } else {
      return bare;
    }
  }
}

std::optional<Prim> PrimOf(const Context& c, TypeId type) {
  return Match(
      c.model->types[type], [](const PrimType& t) { return std::optional(t.prim); },
      [](const LiteralType& t) { return std::optional(PrimOfValue(t.value)); },
      [&](const RefinedType& t) { return PrimOf(c, t.base); },
      [&](const UnionType& t) -> std::optional<Prim> {
        auto first = PrimOf(c, t.members[0]);
        for (TypeId member : t.members) {
          if (PrimOf(c, member) != first) return std::nullopt;
        }
        return first;
      },
      [](const auto&) { return std::optional<Prim>(); });
}

const std::vector<RecordField>* FieldsOf(const Context& c, TypeId type) {
  if (const auto* record = c.model->types.As<RecordType>(type)) return &record->fields;
  if (const auto* named = c.model->types.As<NamedType>(type)) {
    return &c.model->types.nominal[named->nominal].fields;
  }
  return nullptr;
}

const RecordField* FindField(const std::vector<RecordField>& fields, Symbol name) {
  for (const RecordField& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const NominalType* InstanceNominal(const Context& c, TypeId type) {
  const auto* instance = c.model->types.As<InstanceType>(type);
  return instance ? &c.model->types.nominal[instance->nominal] : nullptr;
}

}  // namespace opsc::sema
