// Literals read from text, as `.ops` writes them.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/value/value.h"

namespace opsc::eval {

// `1_000`, `-2.5`, `30s`, `4GiB`, `30%`, `true`, `null`, `"text"`, and lists and records of these;
// nullopt: the text is no literal.
std::optional<Value> ParseLiteral(std::string_view text);

}  // namespace opsc::eval
