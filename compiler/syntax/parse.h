// Source → Ast.
#pragma once

#include "compiler/diag/diagnostics.h"
#include "compiler/syntax/ast.h"

namespace opsc {

struct ParseOptions {
  int max_depth = 200;  // of nested expressions, types and items
};

// Parses one file, item by item: a broken item is reported and becomes an ErrorDecl, the others
// stand. Never fails, never throws. Thread-safe for different files.
ast::File Parse(const Sources& sources, FileId file, const ParseOptions& options,
                Diagnostics& diagnostics);

// Parses one expression (`opsc eval EXPR`); it is `exprs`' last.
ast::File ParseExpression(const Sources& sources, FileId file, const ParseOptions& options,
                          Diagnostics& diagnostics);

// Is it UTF-8, and not too large? What is not, is reported.
bool IsReadable(const Sources& sources, FileId file, Diagnostics& diagnostics);

// One node a line, indented: `--emit=ast`.
std::string PrintAst(const ast::File& file, const Sources& sources);

}  // namespace opsc
