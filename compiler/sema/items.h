// Items: params, lets, outs, instances, `for`, `if`, `assert`, functions.
#pragma once

#include "compiler/sema/context.h"
#include "compiler/sema/expr.h"

namespace opsc::sema {

// Loads the prelude and the root with all that they import, declares their names.
void LoadModules(Context& c);
// Loads one module, with those that it imports, after all others: an import that was named.
// 0xFFFFFFFF: reported.
uint32_t LoadLate(Context& c, uint32_t importer, const ast::ImportDecl& import, Span span);
// Enters the names and items of a module's files.
void DeclareModule(Context& c, uint32_t module);
// Enters the declarations of the name that wait in a module's on-demand files.
void DeclareOnDemand(Context& c, uint32_t module, Symbol name);
// Finds what all declared names stand for: from then on, of each as it is declared.
void ResolveDeclarations(Context& c);

// The type of a reference to the item; inferred where none is written. A cycle is reported.
TypeId TypeOfItem(Context& c, ItemId id);
// Finds the types of all lets without a written one, in an order that needs no deep stack.
void InferLets(Context& c);
// Checks everything inside of the item. Once.
void CheckItem(Context& c, ItemId id);
void CheckInstance(Context& c, ItemId id);
// The outs of an instance beyond those of its type, with their types.
std::vector<RecordField> OutsOfInstance(Context& c, ItemId id);
void CheckMoves(Context& c, const ast::File& file);

// The types of a function's parameters and result.
Signature& ResolveSignature(Context& c, SignatureId id);
// The default of a parameter, to be used anywhere. REQUIRES: it has one.
ExprId DefaultOfParam(Context& c, SignatureId id, size_t param);
void CheckFunctionBody(Context& c, SignatureId id);
TypeId TypeOfFunction(Context& c, SignatureId id);

// An out of a component: its type, inferred where none is written.
TypeId TypeOfOut(Context& c, NominalId id, size_t out);

// After all items: no function calls itself, no value needs itself. Finds `value_order`.
void RefuseCycles(Context& c);
// After RefuseCycles: no component holds itself; what is read from a module that is not
// instantiated needs none of its instances, nor a param without a default.
void RefuseRecursiveComponents(Context& c);
void RefuseUninstantiated(Context& c);
// The param or instance for which it has no value outside of an instance of its module.
std::optional<ItemId> UnreadyBy(Context& c, ItemId item);
std::optional<ItemId> UnreadyBy(Context& c, FnId fn);
// No column annotated `@label` reaches a field annotated `@feature`.
void RefuseLeakage(Context& c);
// Which labels a value reads, and by which ways; empty: none.
std::string LabelsReadBy(Context& c, ExprId value);
// After all items: nothing pending shapes the graph.
void RefusePendingShapes(Context& c);

}  // namespace opsc::sema
