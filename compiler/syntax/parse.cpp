#include "compiler/syntax/parse.h"

#include <fmt/format.h>

#include <optional>

#include "compiler/syntax/build.h"
#include "compiler/syntax/chunk_items.h"
#include "compiler/syntax/item_reader.h"
#include "compiler/syntax/utf8.h"

namespace opsc {
namespace {

using syntax::Builder;
using syntax::Chunk;
using Grammar = antlr::OpsParser;

constexpr size_t kMaxFileBytes = 64u << 20;

}  // namespace

bool IsReadable(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  const SourceFile& source = sources[file];
  if (source.text.size() > kMaxFileBytes) {
    diagnostics.Add(Diag::kFileTooLarge, {file, 0, 0},
                    {source.path, fmt::to_string(source.text.size() >> 20),
                     fmt::to_string(kMaxFileBytes >> 20)});
    return false;
  }
  std::optional<size_t> bad = syntax::FindInvalidUtf8(source.text);
  if (!bad) return true;
  auto at = static_cast<uint32_t>(*bad);
  diagnostics.Add(Diag::kNotUtf8, {file, at, at + 1}, {source.path, fmt::to_string(*bad)});
  return false;
}

ast::File Parse(const Sources& sources, FileId file, const ParseOptions& options,
                Diagnostics& diagnostics) {
  ast::File parsed;
  parsed.file = file;
  if (!IsReadable(sources, file, diagnostics)) return parsed;
  auto max_depth = static_cast<size_t>(options.max_depth);
  Builder b{parsed, sources[file].text, diagnostics, max_depth * syntax::kHeightALevel};
  syntax::ChunkReader reader(sources, file, max_depth, diagnostics);
  syntax::ChunkParser parser(max_depth * syntax::kRulesALevel);
  Chunk chunk;
  b.chunk = &chunk;
  while (reader.Next(chunk)) {
    b.next_doc = 0;
    syntax::ReadItems(b, parser, syntax::PlaceAfter(parsed));
  }
  return parsed;
}

struct ItemReader::State {
  State(const Sources& all, FileId id, size_t depth, Diagnostics& found)
      : sources(all),
        file(id),
        max_depth(depth),
        diagnostics(found),
        reader(all, id, depth, found),
        parser(depth * syntax::kRulesALevel) {}

  const Sources& sources;
  FileId file;
  size_t max_depth;
  Diagnostics& diagnostics;
  syntax::ChunkReader reader;
  syntax::ChunkParser parser;
  Chunk chunk;
};

ItemReader::ItemReader(const Sources& sources, FileId file, const ParseOptions& options,
                       Diagnostics& diagnostics)
    : state_(std::make_unique<State>(sources, file, static_cast<size_t>(options.max_depth),
                                     diagnostics)) {}

ItemReader::~ItemReader() = default;

ast::File ItemReader::Read(uint32_t begin, uint32_t end) {
  State& s = *state_;
  ast::File parsed;
  parsed.file = s.file;
  Builder b{parsed, s.sources[s.file].text, s.diagnostics, s.max_depth * syntax::kHeightALevel};
  b.chunk = &s.chunk;
  s.reader.SeekTo(begin);
  while (!s.reader.at_end() && s.reader.position() < end && s.reader.Next(s.chunk)) {
    b.next_doc = 0;
    syntax::ReadItems(b, s.parser, syntax::PlaceAfter(parsed));
  }
  return parsed;
}

ast::File ParseExpression(const Sources& sources, FileId file, const ParseOptions& options,
                          Diagnostics& diagnostics) {
  ast::File parsed;
  parsed.file = file;
  if (!IsReadable(sources, file, diagnostics)) return parsed;
  auto max_depth = static_cast<size_t>(options.max_depth);
  Builder b{parsed, sources[file].text, diagnostics, max_depth * syntax::kHeightALevel};
  Chunk chunk;
  b.chunk = &chunk;
  syntax::ChunkReader(sources, file, max_depth, diagnostics).ReadAll(chunk);
  if (chunk.broken) {
    b.Add(ast::ErrorExpr{}, {file, 0, 0});
    return parsed;
  }
  syntax::ChunkParser parser(max_depth * syntax::kRulesALevel);
  parser.Begin(chunk);
  if (Grammar::ExprContext* expr = parser.WholeExpression()) {
    BuildExpr(b, *expr);
  } else {
    syntax::ReportFailure(b, parser.failure());
    b.Add(ast::ErrorExpr{}, {file, 0, 0});
  }
  return parsed;
}

}  // namespace opsc
