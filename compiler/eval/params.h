// Parameters of the root module, given from outside.
#pragma once

#include <optional>
#include <string_view>

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

// What `-p`, an environment or a test gives for the parameter; nullopt: nothing. A text that its
// type cannot read is reported.
std::optional<Value> GivenParam(Interpreter& in, const ParamItem& param, Span span);

// Reports given names that no parameter has.
void RefuseUnknownParams(Interpreter& in);

// Reads text as a value of the type: strings as they are, scalars as `.ops` literals, lists and
// records as JSON. A problem's detail says what was expected.
Outcome ParseParam(const Types& types, std::string_view text, TypeId type);

}  // namespace opsc::eval
