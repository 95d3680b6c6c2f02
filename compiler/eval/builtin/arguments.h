// What builtins say of arguments that the checker could not know.
#pragma once

#include "compiler/eval/builtins.h"

namespace opsc::eval::builtin {

// Fails the call; returns null.
Value BadArgument(Call& call, std::string_view problem);
// Is the value of this kind? Otherwise the call has failed.
bool RequireKind(Call& call, const Value& value, ValueKind kind);
// The arguments' kinds, from the first on; otherwise the call has failed.
bool RequireKinds(Call& call, std::initializer_list<ValueKind> kinds);

}  // namespace opsc::eval::builtin
