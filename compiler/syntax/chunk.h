// A file cut into its top-level items, as tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/diag/diagnostics.h"
#include "compiler/syntax/program_tokens.h"

namespace opsc::syntax {

inline constexpr size_t kMaxErrors = 100;  // of a file: then the rest is not read

// A `///` line, and the index in the chunk of the token that it stands before.
struct DocLine {
  uint32_t before = 0;
  Token token;
};

// The tokens of usually one top-level item, ended by a kEndOfFile. Brackets match and `,,` does not
// occur, unless `broken`: then what is wrong was reported.
struct Chunk {
  std::vector<Token> tokens;
  std::vector<DocLine> docs;
  bool broken = false;
  Kind next = kEndOfFile;  // of the token after the chunk, where its kEndOfFile stands
};

// Cuts a file where a top-level item surely begins: outside of brackets, before a declaration's
// keyword or `@`, before a name that no operator joins to what stands before it, and after a `}`
// before `for` or `if`. When brackets do not match, it reads again from the item's begin and takes
// a line that looks like an item in column 1 for one.
class ChunkReader {
 public:
  ChunkReader(const Sources& sources, FileId file, size_t max_depth, Diagnostics& diagnostics);

  // The next chunk, or false at the end. Reuses the memory of `chunk`.
  bool Next(Chunk& chunk);
  // Where the next chunk begins.
  uint32_t position() const { return tokens_.current().begin; }
  bool at_end() const { return tokens_.current().kind == kEndOfFile; }
  // How it reads on, besides its position.
  struct Resume {
    uint32_t begin = 0;  // where an item begins, or what stands before it
    bool by_lines = false;
    size_t errors = 0;  // found in the file before it
  };
  void SeekTo(const Resume& from);
  void SeekTo(uint32_t begin) { SeekTo(Resume{begin}); }
  // Behind the last token of the last chunk.
  uint32_t end_of_chunk() const { return end_of_chunk_; }
  bool by_lines() const { return by_lines_; }
  // Would the last chunk have been cut otherwise `by_lines`?
  bool lines_matter() const { return lines_matter_; }
  // All that is left as one chunk.
  void ReadAll(Chunk& chunk);

 private:
  bool HasGivenUp();  // reports when it is for too many errors
  void Start(Chunk& chunk);
  void Fill(Chunk& chunk);
  bool BeginsItem(const Chunk& chunk) const;
  bool LooksLikeItem() const;
  bool ByLines() const;
  void Take(Chunk& chunk);
  void TrackHead(const Chunk& chunk);
  bool InHead(const Chunk& chunk) const;  // after the type of an instance: its name comes next
  void Open(Chunk& chunk);
  void Close(Chunk& chunk, bool (*matches)(Kind open));
  void EndLine(Chunk& chunk);
  void EndInBrackets(Chunk& chunk);
  void ReportCharacter(Chunk& chunk);
  void Finish(Chunk& chunk);
  Span SpanOf(Token token) const { return {file_, token.begin, token.end}; }
  // Reports and breaks the chunk; null when it is broken already: one mistake, one diagnostic.
  Diagnostic* Break(Chunk& chunk, Diag id, Span span, std::initializer_list<std::string_view> args);

  const Sources& sources_;
  FileId file_;
  size_t max_depth_;
  Diagnostics& diagnostics_;
  size_t errors_before_;
  ProgramTokens tokens_;
  std::vector<Token> open_;  // brackets, quotes and interpolations around the current token
  Kind previous_ = kEndOfFile;
  // What the chunk has so far: after annotations alone, a keyword goes on with it.
  enum class Head : uint8_t { kNothing, kAnnotations, kItem } head_ = Head::kNothing;
  size_t head_begin_ = 0;       // in the chunk: the first token that is not of an annotation
  bool by_lines_ = false;       // an unclosed bracket was met
  bool stopped_ = false;        // nothing more is read
  bool is_mismatched_ = false;  // a bracket of the chunk is closed by one of another kind
  uint32_t end_of_chunk_ = 0;
  mutable bool lines_matter_ = false;
  Diagnostics found_;  // in the chunk; reading it again takes them back
  Token suspect_;      // `by_lines_`: the first bracket whose lines are indented differently
};

}  // namespace opsc::syntax
