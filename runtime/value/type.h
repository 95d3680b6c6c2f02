// Types as data: hash-consed, so that equal types have equal ids.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/base/store.h"
#include "runtime/base/symbol.h"
#include "runtime/value/value.h"

namespace opsc {

enum class TypeId : uint32_t {};
enum class NominalId : uint32_t {};  // a `type NAME …` declaration; its body is in NominalType

enum class Prim : uint8_t {
  kError,  // stands for a type that could not be found; fits everything, so nothing is reported
           // twice
  kNever,  // of `error(…)`: fits everywhere
  kAny,    // stdlib only: any value
  kNull,
  kBool,
  kInt,
  kFloat,
  kRatio,
  kDuration,
  kSize,
  kTime,
  kString,
  kBytes,
  kPath,
  kUrl,
  kRegex,
  kSemver,
  kFile,
  kFiles,
  kTemplate,
};

struct PrimType {
  Prim prim;
  bool operator==(const PrimType&) const = default;
};
struct LiteralType {
  Value value;
  bool operator==(const LiteralType&) const = default;
};  // string, int, bool
// Members are flat (no union in a union), distinct, in source order.
struct UnionType {
  std::vector<TypeId> members;
  bool operator==(const UnionType&) const = default;
};
// A base of number-like or string type, narrowed. Bounds are inclusive; for strings they count
// Unicode code points. `pattern` is an RE2 expression (matched whole), empty: none.
struct RefinedType {
  TypeId base;
  std::optional<Value> low;
  std::optional<Value> high;
  std::string pattern;
  bool operator==(const RefinedType&) const = default;
};
struct ListType {
  TypeId element;
  bool operator==(const ListType&) const = default;
};
struct MapType {
  TypeId value;
  bool operator==(const MapType&) const = default;
};
struct OptionalType {
  TypeId base;
  bool operator==(const OptionalType&) const = default;
};
struct SecretType {
  TypeId base;
  bool operator==(const SecretType&) const = default;
};
struct RowsType {
  TypeId row;
  bool operator==(const RowsType&) const = default;
};
struct FunctionType {
  std::vector<TypeId> params;
  TypeId result;
  bool operator==(const FunctionType&) const = default;
};
// One field of a record type. `required`: neither optional nor with a default.
struct RecordField {
  Symbol name;
  TypeId type;
  bool required = true;
  bool operator==(const RecordField&) const = default;
};
// Closed and structural.
struct RecordType {
  std::vector<RecordField> fields;
  bool operator==(const RecordType&) const = default;
};
// A declared type, equal only to itself. The checker looks up its body in `Types::nominal`.
struct NamedType {
  NominalId nominal;
  bool operator==(const NamedType&) const = default;
};
// The type of a reference to an instance of `nominal` (or of a component): its fields and its outs.
// `outs` holds what this very instance declares beyond its type.
struct InstanceType {
  NominalId nominal;
  std::vector<RecordField> outs;
  bool operator==(const InstanceType&) const = default;
};
// A type parameter of a generic stdlib function, by position.
struct VarType {
  uint32_t index;
  Symbol name;
  bool operator==(const VarType&) const = default;
};
// A type used as a value (`rows: Order`).
struct TypeValueType {
  TypeId of;
  bool operator==(const TypeValueType&) const = default;
};

using Type = std::variant<PrimType, LiteralType, UnionType, RefinedType, ListType, MapType,
                          OptionalType, SecretType, RowsType, FunctionType, RecordType, NamedType,
                          InstanceType, VarType, TypeValueType>;

// The body of a declared type.
struct NominalType {
  Symbol name;             // as written, qualified by its module: "task", "k8s.Deployment", "Order"
  bool is_extern = false;  // implemented by the runtime under `name`
  bool is_instantiable = false;  // may head an instance: extern types and components
  std::vector<RecordField> fields;
  std::vector<RecordField> outs;  // every instance has these (`web.url`)
};

// All types of one compilation. Ids are stable; the table only grows.
class Types {
 public:
  Types();

  TypeId Intern(Type type);
  TypeId prim(Prim p) const { return prims_[static_cast<size_t>(p)]; }
  const Type& operator[](TypeId id) const { return *types_[id]; }
  template <typename T>
  const T* As(TypeId id) const {
    return std::get_if<T>(types_[id].get());
  }
  bool Is(TypeId id, Prim p) const { return id == prim(p); }

  Store<NominalId, NominalType> nominal;

  // As a user would write it: `int(1..50)?`, `"dev" | "prod"`, `{ host: string, port: int }`.
  // Ends in an ellipsis where it would be longer than `limit` bytes.
  std::string Print(TypeId id, size_t limit = 4000) const;

 private:
  Store<TypeId, std::unique_ptr<const Type>> types_;
  std::unordered_multimap<size_t, TypeId> by_hash_;
  std::vector<TypeId> prims_;
};

}  // namespace opsc
