// `opsc fmt`: one way to write everything; comments stay where they are.
#pragma once

#include <string>

#include "compiler/diag/diagnostics.h"
#include "compiler/syntax/ast.h"
#include "runtime/base/result.h"

namespace opsc {

// The formatted text of one file. Idempotent, and parses to the same Ast. A file with syntax errors
// is refused: the diagnostics say where.
Result<std::string> Format(const Sources& sources, FileId file, Diagnostics& diagnostics);

}  // namespace opsc
