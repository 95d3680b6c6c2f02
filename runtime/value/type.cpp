#include "runtime/value/type.h"

#include <fmt/format.h>

#include <functional>

namespace opsc {
namespace {

constexpr Prim kLastPrim = Prim::kTemplate;

void Mix(size_t& hash, size_t part) {
  hash ^= part + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
}

void MixId(size_t& hash, TypeId id) { Mix(hash, static_cast<size_t>(id)); }

void MixFields(size_t& hash, const std::vector<RecordField>& fields) {
  for (const RecordField& field : fields) {
    Mix(hash, field.name.index());
    MixId(hash, field.type);
    Mix(hash, field.required ? 1 : 0);
  }
}

size_t HashType(const Type& type) {
  size_t hash = type.index();
  Match(
      type, [&](const PrimType& t) { Mix(hash, static_cast<size_t>(t.prim)); },
      [&](const LiteralType& t) { Mix(hash, HashOf(t.value)); },
      [&](const UnionType& t) {
        for (TypeId member : t.members) MixId(hash, member);
      },
      [&](const RefinedType& t) {
        MixId(hash, t.base);
        if (t.low) Mix(hash, HashOf(*t.low));
        if (t.high) Mix(hash, HashOf(*t.high));
        Mix(hash, std::hash<std::string>{}(t.pattern));
      },
      [&](const ListType& t) { MixId(hash, t.element); },
      [&](const MapType& t) { MixId(hash, t.value); },
      [&](const OptionalType& t) { MixId(hash, t.base); },
      [&](const SecretType& t) { MixId(hash, t.base); },
      [&](const RowsType& t) { MixId(hash, t.row); },
      [&](const FunctionType& t) {
        for (TypeId param : t.params) MixId(hash, param);
        MixId(hash, t.result);
      },
      [&](const RecordType& t) { MixFields(hash, t.fields); },
      [&](const NamedType& t) { Mix(hash, static_cast<size_t>(t.nominal)); },
      [&](const InstanceType& t) {
        Mix(hash, static_cast<size_t>(t.nominal));
        MixFields(hash, t.outs);
      },
      [&](const VarType& t) {
        Mix(hash, t.index);
        Mix(hash, t.name.index());
      },
      [&](const TypeValueType& t) { MixId(hash, t.of); });
  return hash;
}

std::string_view PrimName(Prim prim) {
  switch (prim) {
    case Prim::kError: return "an unknown type";
    case Prim::kNever: return "never";
    case Prim::kAny: return "any";
    case Prim::kNull: return "null";
    case Prim::kBool: return "bool";
    case Prim::kInt: return "int";
    case Prim::kFloat: return "float";
    case Prim::kRatio: return "ratio";
    case Prim::kDuration: return "duration";
    case Prim::kSize: return "size";
    case Prim::kTime: return "time";
    case Prim::kString: return "string";
    case Prim::kBytes: return "bytes";
    case Prim::kPath: return "path";
    case Prim::kUrl: return "url";
    case Prim::kRegex: return "regex";
    case Prim::kSemver: return "semver";
    case Prim::kFile: return "file";
    case Prim::kFiles: return "files";
    case Prim::kTemplate: return "template";
  }
  return "";
}

std::string Refinement(const RefinedType& type) {
  std::string text;
  bool exact = type.low && type.high && *type.low == *type.high;
  if (exact) {
    text = ToText(*type.low);
  } else if (type.low || type.high) {
    text = fmt::format("{}..{}", type.low ? ToText(*type.low) : "",
                       type.high ? ToText(*type.high) : "");
  }
  if (!type.pattern.empty()) {
    text += fmt::format("{}/{}/", text.empty() ? "" : ", ", type.pattern);
  }
  return text;
}

// A union or function type needs parentheses where something binds tighter around it.
std::string PrintTight(const Types& types, TypeId id) {
  bool loose = types.As<UnionType>(id) || types.As<FunctionType>(id);
  return loose ? "(" + types.Print(id) + ")" : types.Print(id);
}

std::string PrintFields(const Types& types, const std::vector<RecordField>& fields) {
  if (fields.empty()) return "{}";
  std::string text;
  for (const RecordField& field : fields) {
    text += fmt::format("{}{}: {}", text.empty() ? "{ " : ", ", field.name.text(),
                        types.Print(field.type));
  }
  return text + " }";
}

std::string PrintFunction(const Types& types, const FunctionType& type) {
  std::string text = "(";
  for (size_t i = 0; i < type.params.size(); ++i) {
    text += (i > 0 ? ", " : "") + types.Print(type.params[i]);
  }
  return text + ") -> " + types.Print(type.result);
}

std::string PrintUnion(const Types& types, const UnionType& type) {
  std::string text;
  for (TypeId member : type.members) {
    bool function = types.As<FunctionType>(member) != nullptr;
    text += (text.empty() ? "" : " | ") +
            (function ? PrintTight(types, member) : types.Print(member));
  }
  return text;
}

}  // namespace

Types::Types() {
  for (int p = 0; p <= static_cast<int>(kLastPrim); ++p) {
    prims_.push_back(Intern(PrimType{static_cast<Prim>(p)}));
  }
}

TypeId Types::Intern(Type type) {
  size_t hash = HashType(type);
  auto [begin, end] = by_hash_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (*types_[it->second] == type) return it->second;
  }
  TypeId id = types_.Add(std::make_unique<const Type>(std::move(type)));
  by_hash_.emplace(hash, id);
  return id;
}

std::string Types::Print(TypeId id) const {
  return Match(
      (*this)[id], [](const PrimType& t) { return std::string(PrimName(t.prim)); },
      [](const LiteralType& t) { return ToText(t.value); },
      [&](const UnionType& t) { return PrintUnion(*this, t); },
      [&](const RefinedType& t) { return fmt::format("{}({})", Print(t.base), Refinement(t)); },
      [&](const ListType& t) { return fmt::format("[{}]", Print(t.element)); },
      [&](const MapType& t) { return fmt::format("{{string: {}}}", Print(t.value)); },
      [&](const OptionalType& t) { return PrintTight(*this, t.base) + "?"; },
      [&](const SecretType& t) { return "secret " + PrintTight(*this, t.base); },
      [&](const RowsType& t) { return fmt::format("rows<{}>", Print(t.row)); },
      [&](const FunctionType& t) { return PrintFunction(*this, t); },
      [&](const RecordType& t) { return PrintFields(*this, t.fields); },
      [&](const NamedType& t) {
        const NominalType& body = nominal[t.nominal];
        return body.name.empty() ? PrintFields(*this, body.fields) : body.name.str();
      },
      [&](const InstanceType& t) { return nominal[t.nominal].name.str(); },
      [](const VarType& t) { return t.name.str(); },
      [&](const TypeValueType& t) { return "the type " + Print(t.of); });
}

}  // namespace opsc
