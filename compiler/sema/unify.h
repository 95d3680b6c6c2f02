// Generic functions: type parameters found from arguments.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Type of each type parameter by its index; kNone: not known yet.
using Bindings = std::vector<TypeId>;

bool HasVar(Context& c, TypeId type);
// `type` with known parameters put in; unknown ones stay.
TypeId Substitute(Context& c, TypeId type, const Bindings& bindings);
// Learns parameters from a value of type `given` for a place of type `wanted`.
void Unify(Context& c, Bindings& bindings, TypeId wanted, TypeId given);

}  // namespace opsc::sema
