// How types relate: what fits where, and what two of them have in common.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Does a value of type `from` fit a place of type `to`? Memoised.
Fit Fits(Context& c, TypeId from, TypeId to);

// The type without literals: "dev" | "prod" is string, also inside lists and records. Memoised.
TypeId Widen(Context& c, TypeId type);
// As Widen, but leaves what is inside of lists and records.
TypeId WidenTop(Context& c, TypeId type);

// The type of either branch: the wider of the two, or a union of literals, or `T?` with null.
// kNone: they have nothing in common.
TypeId Join(Context& c, TypeId a, TypeId b);
// The type of the elements of a list without expectation: a union where nothing less will do.
TypeId JoinAll(Context& c, const std::vector<TypeId>& types);

TypeId MakeUnion(Context& c, const std::vector<TypeId>& members);
TypeId MakeOptional(Context& c, TypeId base);
TypeId MakeSecret(Context& c, TypeId base);

bool ContainsSecret(Context& c, TypeId type);
bool IsError(const Context& c, TypeId type);
// The type as it stands in a message: shortened where it is long.
std::string Show(const Context& c, TypeId type);

// A type taken apart: marks outside, then what is left.
struct Bare {
  TypeId type = kNone<TypeId>;
  bool secret = false;
  bool optional = false;
};
Bare Strip(const Context& c, TypeId type);

// The primitive below literals and refinements, also of a union of literals of one kind; nullopt:
// it is none.
std::optional<Prim> PrimOf(const Context& c, TypeId type);

// The fields of a record, of a declared data type, or of an instance (with its outs). Null: none.
const std::vector<RecordField>* FieldsOf(const Context& c, TypeId type);
const RecordField* FindField(const std::vector<RecordField>& fields, Symbol name);
const NominalType* InstanceNominal(const Context& c, TypeId type);

}  // namespace opsc::sema
