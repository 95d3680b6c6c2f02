// What a text must look like to be a url, path, regex or semver.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/value/type.h"

namespace opsc::sema {

// Is `prim` string text with rules of its own (path, url, regex, semver)?
bool IsTextPrim(Prim prim);

// Why `text` is no `prim`; nullopt: it is one.
std::optional<std::string> TextProblem(Prim prim, std::string_view text);

// Why `pattern` is no RE2 expression.
std::optional<std::string> RegexProblem(std::string_view pattern);

// Does the constant keep to the bounds and pattern? REQUIRES: its kind fits the base.
bool KeepsTo(const Value& value, const RefinedType& type);

}  // namespace opsc::sema
