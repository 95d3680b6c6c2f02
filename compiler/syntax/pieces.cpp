#include "compiler/syntax/pieces.h"

#include <algorithm>

#include "compiler/syntax/chunk_items.h"
#include "compiler/syntax/parse.h"

namespace opsc {
namespace {

using syntax::Chunk;
using syntax::ChunkReader;

const ParseOptions kOptions;

void Rebase(Span& span, FileId from, const Piece& piece) {
  if (span.file == from) span = {piece.file, span.begin - piece.begin, span.end - piece.begin};
}

// What the reader said of the file, as spans of the piece.
Diagnostic Rebased(Diagnostic diagnostic, FileId from, const Piece& piece) {
  Rebase(diagnostic.span, from, piece);
  for (RelatedSpan& related : diagnostic.related) Rebase(related.span, from, piece);
  for (Fix& fix : diagnostic.fixes) Rebase(fix.span, from, piece);
  return diagnostic;
}

void Rebase(Chunk& chunk, uint32_t base) {
  auto move = [&](syntax::Token& token) {
    token.begin -= base;
    token.end -= base;
  };
  for (syntax::Token& token : chunk.tokens) move(token);
  for (syntax::DocLine& doc : chunk.docs) move(doc.token);
}

size_t ErrorsBefore(const PieceFile& file, size_t index) {
  size_t errors = 0;
  for (size_t i = 0; i < index; ++i) errors += file.pieces[i].errors;
  return errors;
}

bool HasContent(const Piece& piece) {
  return !piece.kept->items.empty() || piece.kept->edition.has_value();
}

// Where reading begins again after an edit at `at`: some tokens of look-ahead before it.
size_t FirstTouched(const PieceFile& file, uint32_t at) {
  const auto& pieces = file.pieces;
  auto it = std::ranges::partition_point(pieces, [&](const Piece& p) { return p.end < at; });
  auto index = static_cast<size_t>(it - pieces.begin());
  constexpr size_t kLookAhead = 2;
  for (size_t back = 0; back < kLookAhead && index > 0; ++back) --index;
  // The piece from which on lines count was read to the end of the file before that was known.
  auto by_lines = std::ranges::find_if(pieces, [](const Piece& p) { return p.before.by_lines; });
  bool flips = by_lines != pieces.end() && by_lines != pieces.begin();
  return flips ? std::min(index, static_cast<size_t>(by_lines - pieces.begin()) - 1) : index;
}

}  // namespace

struct PieceStore::Reader {
  syntax::ChunkParser parser{static_cast<size_t>(kOptions.max_depth) * syntax::kRulesALevel};
  Chunk chunk;
};

PieceStore::PieceStore() : reader_(std::make_unique<Reader>()) {}
PieceStore::~PieceStore() = default;

FileId PieceStore::Take(const std::string& path, std::string text) {
  if (free_.empty()) return sources_.Add(path, std::move(text));
  FileId id = free_.back();
  free_.pop_back();
  sources_.Replace(id, path, std::move(text));
  return id;
}

// Reads the pieces of one file in a row.
struct PieceStore::Cutter {
  Cutter(const Sources& sources, FileId file, Reader& memory)
      : source(file),
        depth(static_cast<size_t>(kOptions.max_depth)),
        text(sources[file].text),
        path(sources[file].path),
        reader(sources, file, depth, found),
        parser(memory.parser),
        chunk(memory.chunk) {}

  FileId source;
  size_t depth;
  const std::string& text;
  const std::string& path;
  Diagnostics found;
  size_t taken = 0;  // of `found`
  ChunkReader reader;
  syntax::ChunkParser& parser;
  Chunk& chunk;
  Piece::State state;
  uint32_t begin = 0;

  // Goes on where a piece of the file begins.
  void SeekTo(const PieceFile& file, size_t index) {
    if (index == 0) return;
    const Piece& from = file.pieces[index];
    state = from.before;
    begin = from.begin;
    reader.SeekTo({from.begin, from.before.by_lines, ErrorsBefore(file, index)});
  }

  void TakeFound(Piece& piece) {
    for (; taken < found.all().size(); ++taken) {
      piece.found.push_back(Rebased(found.all()[taken], source, piece));
      if (piece.found.back().severity == Severity::kError) ++piece.errors;
    }
  }

  // Reads the tokens of the next one. False at the end.
  bool Next(Piece& piece) {
    piece.begin = begin;
    piece.before = state;
    if (!reader.Next(chunk)) return false;
    piece.end = reader.end_of_chunk();
    piece.first = chunk.tokens.size() > 1 ? chunk.tokens[0].begin : piece.begin;
    piece.lines_matter = reader.lines_matter() || chunk.broken;
    begin = piece.end;
    return true;
  }

  // REQUIRES: its tokens were read last, and it has a source.
  void Parse(Piece& piece) {
    auto tree = std::make_shared<ast::File>();
    tree->file = piece.file;
    Rebase(chunk, piece.begin);
    syntax::Builder b{*tree, std::string_view(text).substr(piece.begin), found,
                      depth * syntax::kHeightALevel};
    b.chunk = &chunk;
    auto place = piece.before.is_later ? syntax::ChunkPlace::kLater : syntax::ChunkPlace::kFirst;
    syntax::ReadItems(b, parser, place);
    piece.kept = std::move(tree);
    TakeFound(piece);
    state.is_later = state.is_later || HasContent(piece);
    state.by_lines = reader.by_lines();
  }
};

// A text edit, and the pieces as they were before it.
struct TextEdit {
  const std::vector<Piece>& old;
  bool may_rejoin;
  uint32_t end_after;   // of the replacement, in the new text
  uint32_t quiet_from;  // in the old text: lines from here on look as they did
  int64_t moved;        // by how much what follows has moved
};

namespace {

// The old piece from which on nothing changes, when reading has come to `begin`.
std::optional<size_t> Rejoined(const TextEdit& edit, uint32_t begin, const Piece::State& state) {
  if (!edit.may_rejoin || begin < edit.end_after) return std::nullopt;
  const auto& old = edit.old;
  auto old_begin = static_cast<int64_t>(begin) - edit.moved;
  auto it = std::ranges::partition_point(
      old, [&](const Piece& p) { return static_cast<int64_t>(p.begin) < old_begin; });
  if (it == old.end() || static_cast<int64_t>(it->begin) != old_begin) return std::nullopt;
  if (it->first < edit.quiet_from || it->before.is_later != state.is_later) return std::nullopt;
  bool stands = it->before.by_lines == state.by_lines ||
                std::none_of(it, old.end(), [](const Piece& p) { return p.lines_matter; });
  return stands ? std::optional(static_cast<size_t>(it - old.begin())) : std::nullopt;
}

// The begin of the line after the one of `at`.
uint32_t NextLine(std::string_view text, uint32_t at) {
  size_t newline = text.find('\n', at);
  return static_cast<uint32_t>(newline == text.npos ? text.size() + 1 : newline + 1);
}

// Of the same place, in sources of two names.
bool SamePlace(Span a, Span b) {
  return a.begin == b.begin && a.end == b.end;
}

bool SameFound(const Diagnostic& a, const Diagnostic& b) {
  auto same_related = [](const RelatedSpan& x, const RelatedSpan& y) {
    return x.message == y.message && SamePlace(x.span, y.span);
  };
  return a.id == b.id && a.message == b.message && a.hint == b.hint && SamePlace(a.span, b.span) &&
         std::ranges::equal(a.related, b.related, same_related);
}

// Has reading a piece again that ends before the edit come to the same?
bool Stands(const Piece& old, const Piece& fresh, uint32_t edit_begin) {
  return fresh.end <= edit_begin && old.begin == fresh.begin && old.end == fresh.end &&
         old.before == fresh.before && old.lines_matter == fresh.lines_matter &&
         std::ranges::equal(old.found, fresh.found, SameFound);
}

// Puts `fresh` in the place of the pieces [first, last); those after it move.
PiecesChange Exchange(PieceFile& file, size_t first, size_t last, std::vector<Piece> fresh,
                      int64_t moved, bool by_lines) {
  PiecesChange change{first, fresh.size(), {}};
  auto from = file.pieces.begin() + static_cast<ptrdiff_t>(first);
  auto to = file.pieces.begin() + static_cast<ptrdiff_t>(last);
  // Pieces behind another one that made lines count stay as they are.
  bool differs = to != file.pieces.end() && to->before.by_lines != by_lines;
  for (auto it = to; it != file.pieces.end(); ++it) {
    it->begin = static_cast<uint32_t>(it->begin + moved);
    it->first = static_cast<uint32_t>(it->first + moved);
    it->end = static_cast<uint32_t>(it->end + moved);
    if (differs) it->before.by_lines = by_lines;
  }
  std::move(from, to, std::back_inserter(change.removed));
  auto at = file.pieces.erase(from, to);
  file.pieces.insert(at, std::make_move_iterator(fresh.begin()),
                     std::make_move_iterator(fresh.end()));
  return change;
}

}  // namespace

// For what belongs to no item.
Piece PieceStore::EmptyPiece(Cutter& cutter) {
  Piece piece;
  piece.begin = piece.first = piece.end = cutter.begin;
  piece.before = cutter.state;
  piece.lines_matter = true;
  piece.file = Take(cutter.path, "");
  auto tree = std::make_shared<ast::File>();
  tree->file = piece.file;
  piece.kept = std::move(tree);
  cutter.TakeFound(piece);
  return piece;
}

// Gives the old piece that stands again, if any does.
std::optional<size_t> PieceStore::Cut(Cutter& cutter, const TextEdit& edit,
                                      std::vector<Piece>& fresh) {
  for (;;) {
    if (auto rejoined = Rejoined(edit, cutter.begin, cutter.state)) return rejoined;
    Piece piece;
    if (!cutter.Next(piece)) return std::nullopt;
    piece.file = Take(cutter.path, cutter.text.substr(piece.begin, piece.end - piece.begin));
    cutter.Parse(piece);
    NoteMade(piece.file);
    fresh.push_back(std::move(piece));
  }
}

std::shared_ptr<const ast::File> PieceStore::Tree(const Piece& piece) const {
  if (piece.kept) return piece.kept;
  Cutter cutter(sources_, piece.file, *reader_);
  cutter.state = piece.before;
  Piece again;
  again.file = piece.file;
  OPS_CHECK(cutter.Next(again), "a piece without a token was forgotten");
  again.before = piece.before;
  cutter.Parse(again);
  NoteMade(piece.file);
  return piece.kept = std::move(again.kept);
}

void PieceStore::NoteMade(FileId file) const {
  made_.push_back({file, sources_[file].text.size()});
  made_bytes_ += made_.back().bytes;
}

std::vector<FileId> PieceStore::TakeOldest(size_t bytes) {
  std::vector<FileId> oldest;
  while (made_bytes_ > bytes) {
    made_bytes_ -= made_.front().bytes;
    oldest.push_back(made_.front().file);
    made_.pop_front();
  }
  return oldest;
}

void PieceStore::Forget(const Piece& piece) {
  if (piece.found.empty() && !piece.lines_matter) piece.kept.reset();
}

PieceFile PieceStore::Read(std::string path, std::string text) {
  PieceFile file;
  file.source = Take(path, std::move(text));
  Edit(file, 0, 0, "");
  return file;
}

PiecesChange PieceStore::Edit(PieceFile& file, uint32_t begin, uint32_t end,
                              std::string_view replacement) {
  TextEdit edit{file.pieces, file.complete, begin + static_cast<uint32_t>(replacement.size()),
                NextLine(sources_[file.source].text, end),
                static_cast<int64_t>(replacement.size()) - static_cast<int64_t>(end - begin)};
  sources_.Splice(file.source, begin, end, replacement);
  size_t first = file.complete ? FirstTouched(file, begin) : 0;
  Cutter cutter(sources_, file.source, *reader_);
  std::vector<Piece> fresh;
  std::optional<size_t> rejoined;
  file.complete = false;
  if (IsReadable(sources_, file.source, cutter.found)) {
    cutter.SeekTo(file, first);
    rejoined = Cut(cutter, edit, fresh);
    file.complete = rejoined || cutter.reader.at_end();
  } else {
    first = 0;
  }
  if (cutter.taken < cutter.found.all().size()) fresh.push_back(EmptyPiece(cutter));
  size_t last = rejoined.value_or(file.pieces.size());
  size_t same = 0;
  while (same < fresh.size() && first + same < last &&
         Stands(file.pieces[first + same], fresh[same], begin)) {
    Release(fresh[same++].file);
  }
  fresh.erase(fresh.begin(), fresh.begin() + static_cast<ptrdiff_t>(same));
  first += same;
  PiecesChange change =
      Exchange(file, first, last, std::move(fresh), edit.moved, cutter.state.by_lines);
  if (!rejoined || ErrorsBefore(file, file.pieces.size()) < syntax::kMaxErrors) return change;
  file.complete = false;  // too many errors with those behind it: from the begin, as far as it goes
  PiecesChange again = Edit(file, 0, 0, "");
  std::ranges::move(again.removed, std::back_inserter(change.removed));
  return {0, again.added, std::move(change.removed)};
}

void PieceStore::Release(PieceFile& file) {
  for (const Piece& piece : file.pieces) Release(piece.file);
  if (!IsNone(file.source)) Release(file.source);
  file = {};
}

}  // namespace opsc
