// What operators take, as a table.
#pragma once

#include <optional>
#include <string_view>

#include "compiler/model/model.h"
#include "compiler/syntax/ast.h"

namespace opsc::sema {

// The result of arithmetic on two primitives; nullopt: they do not combine.
std::optional<Prim> ResultOf(BinaryOp op, Prim left, Prim right);

// Do `<` and its kin take it?
bool IsOrdered(Prim prim);
// Is it a quantity of some unit, so that mixing it with another is worth a word?
bool HasUnit(Prim prim);

std::string_view NameOf(BinaryOp op);
BinaryOp OpOf(ast::BinaryOp op);

}  // namespace opsc::sema
