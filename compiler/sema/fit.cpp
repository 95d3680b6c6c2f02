#include "compiler/sema/fit.h"

#include <algorithm>

#include "compiler/sema/rows.h"
#include "compiler/sema/text.h"

namespace opsc::sema {
namespace {

Fit Both(Fit a, Fit b) {
  return std::min(a, b);
}

uint64_t Pair(TypeId from, TypeId to) {
  return static_cast<uint64_t>(from) << 32 | static_cast<uint64_t>(to);
}

bool IsKind(const Context& c, TypeId type, Prim prim) {
  return c.model->types.Is(type, prim);
}

Fit FitsAny(Context& c, TypeId from, const std::vector<TypeId>& members) {
  Fit best = Fit::kNo;
  for (TypeId member : members) best = std::max(best, Fits(c, from, member));
  return best;
}

Fit FitsAll(Context& c, const std::vector<TypeId>& members, TypeId to) {
  Fit worst = Fit::kYes;
  for (TypeId member : members) worst = Both(worst, Fits(c, member, to));
  return worst;
}

// A constant takes the type of the place where its text or number keeps to the rules.
Fit FitsLiteral(Context& c, const LiteralType& from, TypeId to) {
  if (const auto* prim = c.types().As<PrimType>(to)) {
    if (!from.value.is(ValueKind::kString)) {
      Prim own = from.value.is(ValueKind::kInt) ? Prim::kInt : Prim::kBool;
      return prim->prim == own ? Fit::kYes : Fit::kNo;
    }
    if (prim->prim == Prim::kString) return Fit::kYes;
    bool text = IsTextPrim(prim->prim) && !TextProblem(prim->prim, from.value.AsString());
    return text ? Fit::kYes : Fit::kNo;
  }
  if (const auto* refined = c.types().As<RefinedType>(to)) {
    Fit base = FitsLiteral(c, from, refined->base);
    return base == Fit::kYes && !KeepsTo(from.value, *refined) ? Fit::kNo : base;
  }
  return Fit::kNo;
}

bool Less(const Value& a, const Value& b) {
  bool real = a.is(ValueKind::kFloat) || a.is(ValueKind::kRatio);
  return real ? a.AsFloat() < b.AsFloat() : a.AsInt() < b.AsInt();
}

Fit FitsRefined(Context& c, const RefinedType& from, TypeId to) {
  const auto* narrow = c.types().As<RefinedType>(to);
  if (!narrow) return Fits(c, from.base, to);
  if (from.base != narrow->base) return Fits(c, from.base, to);
  bool low = !narrow->low || (from.low && !Less(*from.low, *narrow->low));
  bool high = !narrow->high || (from.high && !Less(*narrow->high, *from.high));
  bool pattern = narrow->pattern.empty() || narrow->pattern == from.pattern;
  return low && high && pattern ? Fit::kYes : Fit::kEnsure;
}

const NominalInfo* InfoOfNominal(const Context& c, NominalId id) {
  auto it = c.model->nominals.find(static_cast<uint32_t>(id));
  return it == c.model->nominals.end() ? nullptr : &it->second;
}

bool HasDefault(const NominalInfo* info, Symbol name) {
  if (!info) return false;
  return std::ranges::any_of(info->defaults,
                             [&](const auto& entry) { return entry.first == name; });
}

// Field by field. `info`: of the declared type that is to be fitted, if it is one.
Fit FitsFields(Context& c, const std::vector<RecordField>& from, const std::vector<RecordField>& to,
               const NominalInfo* info) {
  Fit fit = info && !info->checks.empty() ? Fit::kEnsure : Fit::kYes;
  for (const RecordField& field : to) {
    const RecordField* given = FindField(from, field.name);
    if (given) {
      fit = Both(fit, Fits(c, given->type, field.type));
    } else if (field.required) {
      return Fit::kNo;
    } else if (HasDefault(info, field.name)) {
      fit = Both(fit, Fit::kEnsure);
    }
  }
  bool closed = std::ranges::all_of(
      from, [&](const RecordField& field) { return FindField(to, field.name) != nullptr; });
  return closed ? fit : Fit::kNo;
}

// Data is structural, but a declared type stands for itself.
Fit FitsRecord(Context& c, TypeId from, TypeId to) {
  const auto& types = c.types();
  const auto* fields = FieldsOf(c, from);
  if (const auto* map = types.As<MapType>(to)) {
    Fit fit = Fit::kYes;
    for (const RecordField& field : *fields) fit = Both(fit, Fits(c, field.type, map->value));
    return fit;
  }
  if (const auto* named = types.As<NamedType>(to)) {
    const auto* own = types.As<NamedType>(from);
    bool declared = own && !types.nominal[own->nominal].name.empty();
    if (declared && !types.nominal[named->nominal].name.empty()) return Fit::kNo;
    return FitsFields(c, *fields, types.nominal[named->nominal].fields,
                      InfoOfNominal(c, named->nominal));
  }
  if (const auto* record = types.As<RecordType>(to)) {
    return FitsFields(c, *fields, record->fields, nullptr);
  }
  return Fit::kNo;
}

Fit FitsFunction(Context& c, const FunctionType& from, const FunctionType& to) {
  if (from.params.size() != to.params.size()) return Fit::kNo;
  for (size_t i = 0; i < from.params.size(); ++i) {
    if (Fits(c, to.params[i], from.params[i]) == Fit::kNo) return Fit::kNo;
  }
  return Fits(c, from.result, to.result) == Fit::kNo ? Fit::kNo : Fit::kYes;
}

Fit FitsInstance(Context& c, const InstanceType& from, TypeId to) {
  if (IsKind(c, to, Prim::kFile)) {
    const NominalType& nominal = c.types().nominal[from.nominal];
    return nominal.is_extern && nominal.name.text() == "file" ? Fit::kYes : Fit::kNo;
  }
  if (const auto* rows = c.types().As<RowsType>(to)) {
    const RecordField* own = FindField(from.outs, RowTypeName());
    const auto* row = own ? c.types().As<TypeValueType>(own->type) : nullptr;
    return row && row->of == rows->row ? Fit::kYes : Fit::kNo;
  }
  const auto* wanted = c.types().As<InstanceType>(to);
  if (!wanted || wanted->nominal != from.nominal) return Fit::kNo;
  for (const RecordField& out : wanted->outs) {
    const RecordField* own = FindField(from.outs, out.name);
    if (!own || Fits(c, own->type, out.type) != Fit::kYes) return Fit::kNo;
  }
  return Fit::kYes;
}

// Neither is any, error, never, a union, optional or secret: those are handled outside.
Fit FitsPlain(Context& c, TypeId from, TypeId to) {
  const auto& types = c.types();
  if (const auto* literal = types.As<LiteralType>(from)) return FitsLiteral(c, *literal, to);
  if (const auto* refined = types.As<RefinedType>(from)) return FitsRefined(c, *refined, to);
  if (const auto* instance = types.As<InstanceType>(from)) return FitsInstance(c, *instance, to);
  if (FieldsOf(c, from)) return FitsRecord(c, from, to);
  if (const auto* refined = types.As<RefinedType>(to)) {
    return Fits(c, from, refined->base) == Fit::kYes ? Fit::kEnsure : Fit::kNo;
  }
  if (const auto* list = types.As<ListType>(from)) {
    const auto* other = types.As<ListType>(to);
    return other ? Fits(c, list->element, other->element) : Fit::kNo;
  }
  if (const auto* map = types.As<MapType>(from)) {
    const auto* other = types.As<MapType>(to);
    return other ? Fits(c, map->value, other->value) : Fit::kNo;
  }
  if (const auto* function = types.As<FunctionType>(from)) {
    const auto* other = types.As<FunctionType>(to);
    return other ? FitsFunction(c, *function, *other) : Fit::kNo;
  }
  return Fit::kNo;
}

Fit FitsMarked(Context& c, TypeId from, TypeId to) {
  const auto& types = c.types();
  if (const auto* secret = types.As<SecretType>(to)) {
    const auto* own = types.As<SecretType>(from);
    return Fits(c, own ? own->base : from, secret->base);
  }
  if (const auto* optional = types.As<OptionalType>(to)) {
    if (IsKind(c, from, Prim::kNull)) return Fit::kYes;
    const auto* own = types.As<OptionalType>(from);
    return Fits(c, own ? own->base : from, optional->base);
  }
  if (const auto* choice = types.As<UnionType>(to)) return FitsAny(c, from, choice->members);
  if (types.As<SecretType>(from) || types.As<OptionalType>(from)) return Fit::kNo;
  return FitsPlain(c, from, to);
}

Fit Compute(Context& c, TypeId from, TypeId to) {
  auto absorbs = [&](TypeId type) { return IsKind(c, type, Prim::kError); };
  if (absorbs(from) || absorbs(to) || IsKind(c, from, Prim::kNever)) return Fit::kYes;
  if (IsKind(c, to, Prim::kAny)) return ContainsSecret(c, from) ? Fit::kNo : Fit::kYes;
  if (IsKind(c, from, Prim::kAny)) return Fit::kEnsure;
  if (const auto* choice = c.types().As<UnionType>(from)) return FitsAll(c, choice->members, to);
  return FitsMarked(c, from, to);
}

}  // namespace

Fit Fits(Context& c, TypeId from, TypeId to) {
  if (from == to) return Fit::kYes;
  auto [it, fresh] = c.fits.try_emplace(Pair(from, to), Fit::kYes);  // recursive types: assume so
  if (!fresh) return it->second;
  Fit fit = Compute(c, from, to);
  c.fits[Pair(from, to)] = fit;
  return fit;
}

}  // namespace opsc::sema
