#include "compiler/syntax/format.h"

#include "compiler/syntax/chunk_parser.h"
#include "compiler/syntax/format_walk.h"
#include "compiler/syntax/parse.h"

namespace opsc {

Result<std::string> Format(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  constexpr int kWidth = 100;
  const ParseOptions options;
  Diagnostics own;
  Parse(sources, file, options, own);
  diagnostics.Append(own);
  if (own.has_errors()) {
    return Fail(ErrorKind::kInput, "`" + sources[file].path + "` has syntax errors",
                "fix them, then format again");
  }
  Diagnostics none;
  auto max_depth = static_cast<size_t>(options.max_depth);
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

}  // namespace opsc
