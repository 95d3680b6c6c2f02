#include "compiler/eval/builtin/arguments.h"

#include <fmt/format.h>

#include "compiler/eval/interpreter.h"

namespace opsc::eval::builtin {

Value BadArgument(Call& call, std::string_view problem) {
  return call.in.Fail(Diag::kBadArgument, call.span, {problem});
}

bool RequireKind(Call& call, const Value& value, ValueKind kind) {
  if (value.is(kind)) return true;
  BadArgument(call, fmt::format("{} cannot be used here", KindName(value)));
  return false;
}

bool RequireKinds(Call& call, std::initializer_list<ValueKind> kinds) {
  size_t at = 0;
  for (ValueKind kind : kinds) {
    if (!RequireKind(call, call.args[at++], kind)) return false;
  }
  return true;
}

}  // namespace opsc::eval::builtin
