// What the parser wanted, in the user's words.
#pragma once

#include <string>

#include "OpsParser.h"
#include "compiler/syntax/lex.h"

namespace opsc::syntax {

// "an expression", "`:`", "`,` or `]`"… for the place where `parser` stands.
std::string Expected(antlr::OpsParser& parser);

// "`foo`", "the string", "the end of the file": `text` is the token's.
std::string Described(Kind kind, std::string_view text);

}  // namespace opsc::syntax
