#include "runtime/value/type.h"

#include <fmt/format.h>

#include <functional>

namespace opsc {
namespace {

constexpr Prim kLastPrim = Prim::kTemplate;

void Mix(size_t& hash, size_t part) {
  hash ^= part + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
}

void MixId(size_t& hash, TypeId id) {
  Mix(hash, static_cast<size_t>(id));
}

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
    case Prim::kError:
      return "an unknown type";
    case Prim::kNever:
      return "never";
    case Prim::kAny:
      return "any";
    case Prim::kNull:
      return "null";
    case Prim::kBool:
      return "bool";
    case Prim::kInt:
      return "int";
    case Prim::kFloat:
      return "float";
    case Prim::kRatio:
      return "ratio";
    case Prim::kDuration:
      return "duration";
    case Prim::kSize:
      return "size";
    case Prim::kTime:
      return "time";
    case Prim::kString:
      return "string";
    case Prim::kBytes:
      return "bytes";
    case Prim::kPath:
      return "path";
    case Prim::kUrl:
      return "url";
    case Prim::kRegex:
      return "regex";
    case Prim::kSemver:
      return "semver";
    case Prim::kFile:
      return "file";
    case Prim::kFiles:
      return "files";
    case Prim::kTemplate:
      return "template";
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

// Writes a type, and stops (with an ellipsis) where it gets longer than anybody reads: nested
// records can be exponentially longer as text than as data.
class TypePrinter {
 public:
  TypePrinter(const Types& types, size_t limit) : types_(types), limit_(limit) {}

  std::string Finish(TypeId id) && {
    Print(id);
    if (full_) out_ += "…";
    return std::move(out_);
  }

 private:
  void Write(std::string_view text) {
    if (full_) return;
    full_ = out_.size() + text.size() > limit_;
    if (!full_) out_ += text;
  }

  // A union or function type needs parentheses where something binds tighter around it.
  void PrintTight(TypeId id) {
    bool loose = types_.As<UnionType>(id) || types_.As<FunctionType>(id);
    if (loose) Write("(");
    Print(id);
    if (loose) Write(")");
  }

  void PrintFields(const std::vector<RecordField>& fields) {
    if (fields.empty()) return Write("{}");
    for (size_t i = 0; i < fields.size() && !full_; ++i) {
      Write(i == 0 ? "{ " : ", ");
      Write(fields[i].name.text());
      Write(": ");
      Print(fields[i].type);
    }
    Write(" }");
  }

  void PrintFunction(const FunctionType& type) {
    Write("(");
    for (size_t i = 0; i < type.params.size() && !full_; ++i) {
      if (i > 0) Write(", ");
      Print(type.params[i]);
    }
    Write(") -> ");
    Print(type.result);
  }

  void PrintUnion(const UnionType& type) {
    for (size_t i = 0; i < type.members.size() && !full_; ++i) {
      if (i > 0) Write(" | ");
      if (types_.As<FunctionType>(type.members[i])) {
        PrintTight(type.members[i]);
      } else {
        Print(type.members[i]);
      }
    }
  }

  void Wrap(std::string_view open, TypeId id, std::string_view close) {
    Write(open);
    Print(id);
    Write(close);
  }

  void Print(TypeId id) {
    if (full_) return;
    Match(
        types_[id], [&](const PrimType& t) { Write(PrimName(t.prim)); },
        [&](const LiteralType& t) { Write(ToText(t.value)); },
        [&](const UnionType& t) { PrintUnion(t); },
        [&](const RefinedType& t) { Wrap("", t.base, "(" + Refinement(t) + ")"); },
        [&](const ListType& t) { Wrap("[", t.element, "]"); },
        [&](const MapType& t) { Wrap("{string: ", t.value, "}"); },
        [&](const OptionalType& t) { PrintTight(t.base), Write("?"); },
        [&](const SecretType& t) { Write("secret "), PrintTight(t.base); },
        [&](const RowsType& t) { Wrap("rows<", t.row, ">"); },
        [&](const FunctionType& t) { PrintFunction(t); },
        [&](const RecordType& t) { PrintFields(t.fields); },
        [&](const NamedType& t) {
          const NominalType& body = types_.nominal[t.nominal];
          if (!body.name.empty()) return Write(body.name.text());
          PrintFields(body.fields);
        },
        [&](const InstanceType& t) { Write(types_.nominal[t.nominal].name.text()); },
        [&](const VarType& t) { Write(t.name.text()); },
        [&](const TypeValueType& t) { Wrap("the type ", t.of, ""); });
  }

  const Types& types_;
  size_t limit_;
  std::string out_;
  bool full_ = false;
};

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

std::string Types::Print(TypeId id, size_t limit) const {
  return TypePrinter(*this, limit).Finish(id);
}

}  // namespace opsc
