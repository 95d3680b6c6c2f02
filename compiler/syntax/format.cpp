#include "compiler/syntax/format.h"

#include "compiler/syntax/chunk_parser.h"
#include "compiler/syntax/format_walk.h"
#include "compiler/syntax/parse.h"

namespace opsc {
namespace {

constexpr ParseOptions kOptions;

// One pass over a source without syntax errors.
std::string FormatOnce(const Sources& sources, FileId file) {
  constexpr int kWidth = 100;
  Diagnostics none;
  auto max_depth = static_cast<size_t>(kOptions.max_depth);
  syntax::ChunkReader reader(sources, file, max_depth, none);
  syntax::ChunkParser parser(max_depth * syntax::kRulesALevel);
  syntax::Layout layout(kWidth);
  syntax::SourceText source(sources[file].text);
  syntax::Chunk chunk;
  while (reader.Next(chunk)) {
    parser.Begin(chunk);
    syntax::FormatWalk walk(chunk, source, layout);
    if (walk.BeginsWithEdition()) walk.Edition(*parser.Edition());
    while (!parser.at_end()) walk.TopLevel(*parser.Item());
  }
  syntax::EndOfSource(source, layout);
  return layout.Render();
}

// Where a pass has moved a comment the next one may break lines, which may move it once more:
// passes are repeated until one changes nothing.
std::string FormatUntilStable(std::string text) {
  constexpr int kMostPasses = 16;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    Sources sources;
    FileId file = sources.Add("formatted", std::move(text));
    std::string next = FormatOnce(sources, file);
    if (next == sources[file].text) return next;
    text = std::move(next);
  }
  return text;
}

bool MeansTheSame(const ast::File& ast, const Sources& sources, const std::string& text) {
  Sources own;
  Diagnostics diagnostics;
  FileId file = own.Add("formatted", text);
  ast::File formatted = Parse(own, file, kOptions, diagnostics);
  return !diagnostics.has_errors() && PrintAst(ast, sources) == PrintAst(formatted, own);
}

std::unexpected<Error> WouldChange(const std::string& path) {
  return Fail(ErrorKind::kInput, "formatting `" + path + "` would change what it means",
              "it stays as it is; please report it with the file");
}

}  // namespace

Result<std::string> Format(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  Diagnostics own;
  ast::File ast = Parse(sources, file, kOptions, own);
  diagnostics.Append(own);
  const std::string& path = sources[file].path;
  if (own.has_errors()) {
    return Fail(ErrorKind::kInput, "`" + path + "` has syntax errors",
                "fix them, then format again");
  }
  std::string text = FormatOnce(sources, file);
  if (text == sources[file].text) return text;
  if (!MeansTheSame(ast, sources, text)) return WouldChange(path);
  std::string last = FormatUntilStable(text);
  if (last != text && !MeansTheSame(ast, sources, last)) return WouldChange(path);
  return last;
}

}  // namespace opsc
