// A file as its top-level items, each with a tree of its own, kept up to date while it is edited.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/syntax/ast.h"

namespace opsc {

// Usually one top-level item with what stands before it. Its spans are of a source of its own and
// count from its begin, so an edit elsewhere moves it and changes nothing in it.
struct Piece {
  FileId file = kNone<FileId>;
  uint32_t begin = 0;  // in the file
  uint32_t first = 0;  // in the file: the first token
  uint32_t end = 0;
  mutable std::shared_ptr<const ast::File> kept;  // its tree, or null: see PieceStore::Tree
  std::vector<Diagnostic> found;                  // by reading and parsing it
  // What the reader knew before it: when an edit leaves that as it was, the piece stands.
  struct State {
    bool by_lines = false;
    bool is_later = false;  // something was read before it
    bool operator==(const State&) const = default;
  } before;
  bool lines_matter = false;
  size_t errors = 0;
};

// One file in pieces: of its text `source`, all of which is read unless there are too many errors.
struct PieceFile {
  FileId source = kNone<FileId>;
  std::vector<Piece> pieces;
  bool complete = false;
};

// What an edit did: `removed` were replaced by `added` pieces from index `first` on.
struct PiecesChange {
  size_t first = 0;
  size_t added = 0;
  std::vector<Piece> removed;
};

// The texts of files and of their pieces, and what is costly to set up for parsing one. The sources
// of pieces that are gone are used again.
class PieceStore {
 public:
  PieceStore();
  ~PieceStore();
  PieceStore(const PieceStore&) = delete;
  PieceStore& operator=(const PieceStore&) = delete;

  const Sources& sources() const { return sources_; }
  // The same as Parse in one go gives, item by item.
  PieceFile Read(std::string path, std::string text);
  // A text that is not cut.
  FileId AddText(const std::string& path, std::string text) { return Take(path, std::move(text)); }
  // Reads again what the edit may have changed. The sources of removed pieces stay until they are
  // released. REQUIRES: [begin, end) is within the text.
  PiecesChange Edit(PieceFile& file, uint32_t begin, uint32_t end, std::string_view replacement);
  void Release(PieceFile& file);
  void Release(const Piece& piece) { Release(piece.file); }

  // The tree of a piece; made again where it was forgotten.
  std::shared_ptr<const ast::File> Tree(const Piece& piece) const;
  // Those that were made and may be forgotten, in order, until their texts are `bytes` at most.
  std::vector<FileId> TakeOldest(size_t bytes);
  // Does nothing to a piece whose text alone does not tell how it was read.
  static void Forget(const Piece& piece);

 private:
  struct Reader;
  struct Cutter;
  FileId Take(const std::string& path, std::string text);
  void Release(FileId id) { free_.push_back(id); }
  void NoteMade(FileId file) const;
  Piece EmptyPiece(Cutter& cutter);
  std::optional<size_t> Cut(Cutter& cutter, const struct TextEdit& edit, std::vector<Piece>& fresh);

  Sources sources_;
  std::vector<FileId> free_;
  struct Made {
    FileId file;
    size_t bytes;
  };
  mutable std::deque<Made> made_;  // trees, as they were asked for
  mutable size_t made_bytes_ = 0;
  std::unique_ptr<Reader> reader_;
};

}  // namespace opsc
