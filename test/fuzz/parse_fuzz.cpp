// Any bytes: the parser neither crashes nor throws, and what it accepts is formatted to the same
// meaning, once and for all.
#include <cstdint>
#include <string>

#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"
#include "runtime/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace opsc;
  Sources sources;
  Diagnostics diagnostics;
  FileId file = sources.Add("fuzz.ops", std::string(reinterpret_cast<const char*>(data), size));
  ast::File parsed = Parse(sources, file, {}, diagnostics);
  if (diagnostics.has_errors()) return 0;
  Result<std::string> once = Format(sources, file, diagnostics);
  OPS_CHECK(once.has_value(), "a valid source is not formatted");
  FileId again = sources.Add("once.ops", *once);
  ast::File reparsed = Parse(sources, again, {}, diagnostics);
  OPS_CHECK(!diagnostics.has_errors(), "formatted text has syntax errors");
  OPS_CHECK(PrintAst(parsed, sources) == PrintAst(reparsed, sources), "formatting changed the Ast");
  Result<std::string> twice = Format(sources, again, diagnostics);
  OPS_CHECK(twice.has_value() && *twice == *once, "formatting is not idempotent");
  return 0;
}
