// Values in text: what interpolation makes of them.
#pragma once

#include <expected>
#include <string>

#include "compiler/eval/operators.h"

namespace opsc::eval {

// Strings as they are, other scalars as `.ops` prints them, a source file as its path; a problem
// for what has no text. REQUIRES: nothing in the value is pending.
std::expected<std::string, Problem> TextOf(const Value& value);

}  // namespace opsc::eval
