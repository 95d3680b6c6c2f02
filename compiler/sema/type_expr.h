// Type expressions and declared types.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Where a type expression stands. `params`: the type parameters of the function around it.
struct TypePlace {
  const ast::File* file = nullptr;
  ScopeId scope = kNone<ScopeId>;
  const std::vector<ast::Name>* params = nullptr;
};

// Reports what it cannot resolve and gives kError.
TypeId ResolveType(Context& c, const TypePlace& place, ast::TypeExprId id);

// What a type's name stands for: data is itself, an extern type or component is its instances.
TypeId TypeOfNominal(Context& c, NominalId id);
TypeId TypeOfAlias(Context& c, AliasId id);

// The type that a (qualified) name stands for; nullopt: reported.
std::optional<TypeName> FindQualifiedType(Context& c, ScopeId scope, const ast::QName& name);

// Fields and outs of a declared type, component or module; called once each, before expressions.
void ResolveNominal(Context& c, NominalId id);
// The defaults and checks of a declared type. On demand, for the records that need a default.
void CheckNominalDefaults(Context& c, NominalId id);
void CheckNominalChecks(Context& c, NominalId id);
// The default of a field, to be used anywhere; nullopt: none.
std::optional<ExprId> DefaultOf(Context& c, NominalId id, Symbol field);

enum class Annotated : uint8_t { kDeclaration, kField };
// Reports the annotations that nothing knows, and those that mean nothing there.
void CheckAnnotations(Context& c, const std::vector<ast::Annotation>& annotations,
                      Annotated annotated);
// Its instances may have fields that it does not declare, of any type: `@open`.
bool IsOpen(const Context& c, NominalId id);
// Null: there is none of the name.
const ast::Annotation* FindAnnotation(const std::vector<ast::Annotation>& annotations,
                                      std::string_view name);

// Makes an expression usable from any scope: as it is where it is closed, else the call of a
// function of no parameters that stands where it was written.
ExprId Lift(Context& c, ExprId value, ScopeId scope, uint32_t frame_size);

// A record type with defaults becomes a declared type without a name.
TypeId ResolveRecordType(Context& c, const TypePlace& place, const ast::RecordTypeExpr& record);

}  // namespace opsc::sema
