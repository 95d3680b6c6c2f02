// Instances with rows: which row type they have, and what their functions over rows get.
#pragma once

#include "compiler/model/row_role.h"
#include "compiler/sema/context.h"

namespace opsc::sema {

// The hidden out of an instance with rows: its type is the row type as a value.
Symbol RowTypeName();
// The row type of an instance with rows, from the type of a reference to it; kNone: it has none.
TypeId RowTypeOfInstance(const Context& c, TypeId instance);

// What the functions over rows of an instance declaration are typed by: the row type that it
// names, or that of the instance it names. kNone: it has no such field, or it is reported there.
TypeId RowsOver(Context& c, const Env& place, NominalId nominal, const ast::InstanceDecl& decl);
// The row type of the instance itself: what it names, or what its function gives. kNone: it has no
// rows. Adds nothing to what `CheckRowField` reports.
TypeId RowsOf(Context& c, const Env& place, NominalId nominal, const ast::InstanceDecl& decl);

// Checks the value of a field with a role; `over` as RowsOver gives it.
ExprId CheckRowField(Context& c, Env& env, RowRole role, ast::ExprId id, TypeId declared,
                     TypeId over);

}  // namespace opsc::sema
