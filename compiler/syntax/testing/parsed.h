// A text parsed for a test, with what a test asks about it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/parse.h"

namespace opsc::syntax::testing {

// One source, its Ast, and what was reported.
struct Parsed {
  Sources sources;
  FileId file;
  Diagnostics diagnostics;
  ast::File ast;

  std::string Printed() const { return PrintAst(ast, sources); }
  // "LINE:COLUMN MESSAGE", sorted by place, a line each.
  std::string Errors() const;
};

Parsed ParseText(std::string text);
Parsed ParseExpr(std::string text);  // one expression

// Every .ops file of the source tree; those that fuzzing starts from.
std::vector<std::filesystem::path> TreeSources();
std::vector<std::filesystem::path> FuzzSources();
std::filesystem::path GeneratedParser();  // OpsParser.cpp in the build
std::string ReadAll(const std::filesystem::path& path);

}  // namespace opsc::syntax::testing
