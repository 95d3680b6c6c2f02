// One program while it is edited: its files in pieces, and what a check of each piece found.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/lsp/host.h"
#include "compiler/lsp/index.h"
#include "compiler/lsp/positions.h"
#include "compiler/sema/check.h"
#include "compiler/syntax/item_reader.h"
#include "compiler/syntax/pieces.h"

namespace opsc::lsp {

struct ProgramModule;

// A source of the program. One that is generated (or of the stdlib) is read on demand, as `opsc
// check` does it; others are in pieces.
struct ProgramFile {
  std::string path;      // as printed: from the project's root, or "std/…"
  std::string absolute;  // empty: of the stdlib
  ProgramModule* module = nullptr;
  PieceFile pieces;
  bool in_pieces = true;
  std::vector<IndexedDecl> decls;      // of one that is read on demand
  std::vector<Diagnostic> found;       // in one that is read on demand: in what is named of it
  std::vector<Diagnostic> unreadable;  // why there is no text
  LineTable lines;
};

// What only generated files import is read as well, but is a part of the program, as `opsc check`
// has it, only while something names it.
enum class Part : uint8_t { kAlways, kNamed, kNot };

struct ProgramModule {
  std::string path;                                 // "" is the root
  std::vector<std::unique_ptr<ProgramFile>> files;  // sorted by path
  Part part = Part::kAlways;
};

// What is known of a piece beside its tree.
struct PieceState {
  ProgramFile* file = nullptr;
  const Piece* piece = nullptr;  // until the next edit of the file
  PieceIndex index;
  std::vector<Diagnostic> found;      // by the check
  std::vector<Diagnostic> evaluated;  // by `opsc check`, when the text was last saved
  std::vector<ItemSummary> summaries;
  bool is_checked = false;
  std::set<std::string> hinted;  // messages that checks of other pieces had for it
};

// Declarations of a file that is read on demand, each once.
struct DemandReader {
  Diagnostics found;
  std::unique_ptr<ItemReader> reader;
};
struct DemandedDecl {
  std::unique_ptr<ast::File> tree;
  std::vector<Diagnostic> found;  // by reading it
};

// A check of some pieces, with the rest of the program there to be named.
struct Slice {
  Diagnostics diagnostics;
  CheckNotes notes;
  Model model;
  std::map<const ProgramModule*, ParsedModule> modules;
  std::set<const ProgramModule*> asked;  // those that were imported by what was named
  std::vector<Diagnostic> unread;        // what reading found in files that are read on demand
  ast::File nothing;                     // stands for the files of a module that declare nothing
  std::unordered_set<FileId> declared;   // pieces that were named, or need not be
  std::vector<std::shared_ptr<const ast::File>> trees;  // of pieces, that the model speaks of
};

// A place in a source of the program.
struct Place {
  ProgramFile* file = nullptr;
  uint32_t offset = 0;
};

struct Program {
  const Host* host = nullptr;
  std::string root;                                                           // absolute
  std::function<Result<std::string>(const std::string& absolute)> read;       // unsaved text first
  std::function<std::vector<std::string>(const std::string& absolute)> list;  // .ops files

  PieceStore store;
  ProgramModule prelude;
  std::map<std::string, ProgramModule> modules;     // by path; "" is the root
  std::map<std::string, ProgramModule> standard;    // of the stdlib, by path, as they are asked for
  std::vector<std::unique_ptr<PieceState>> pieces;  // by FileId
  std::unordered_map<Symbol, std::vector<FileId>> declared;  // by name
  std::unordered_map<Symbol, std::vector<FileId>> mentioned;
  // Of each module: the pieces that others always see, and the modules that import it.
  std::unordered_map<const ProgramModule*, std::unordered_set<FileId>> interfaces;
  std::unordered_map<const ProgramModule*, std::unordered_set<const ProgramModule*>> importers;
  std::unordered_set<FileId> with_found;  // pieces in which the check found something
  std::unordered_set<FileId> dirty;
  std::set<ProgramFile*> changed;  // files whose diagnostics may have changed; the reader clears it
  std::map<std::pair<FileId, uint32_t>, DemandedDecl> on_demand;
  std::map<FileId, DemandReader> readers;
  std::map<FileId, ProgramFile*> sources;  // whole texts
  bool imports_changed = false;
  uint64_t revision = 0;        // of the texts
  uint64_t checked_pieces = 0;  // in all, for the log

  PieceState* StateOf(FileId id) const {
    auto index = static_cast<size_t>(id);
    return index < pieces.size() ? pieces[index].get() : nullptr;
  }
  ProgramFile* FileAt(const std::string& absolute) const;
  const ProgramModule* ModuleAt(const std::string& path) const;  // null: it is not loaded
  std::string_view TextOf(const ProgramFile& file) const {
    return store.sources()[file.pieces.source].text;
  }
  // Where a span stands; nullopt: it is in no source that can be shown.
  std::optional<Place> Locate(FileId id, uint32_t offset) const;
  const Piece* PieceAt(const ProgramFile& file, uint32_t offset) const;
  // It stands until ForgetTrees.
  const ast::File& TreeOf(const Piece& piece) const { return *store.Tree(piece); }
};

// ---------------------------------------------------------------- load.cpp
std::unique_ptr<Program> OpenProgram(const Host& host, std::string root,
                                     decltype(Program::read) read, decltype(Program::list) list);
// Reads modules that are imported, drops those that are not, and lists the files of each again.
void RefreshModules(Program& program);
// A module that something imports; of the stdlib, it is read now. Null: there is none.
const ProgramModule* NeedModule(Program& program, const std::string& path);
// Whether the file waits to be named: as `opsc check` decides it.
bool IsOnDemand(const ProgramFile& file, std::string_view text);
void SetText(Program& program, ProgramFile& file, std::string text);
// Trees that nobody asked for lately, until the texts of the others are `bytes` at most: they are
// made again when they are asked for.
void ForgetTrees(Program& program, size_t bytes);
inline constexpr size_t kKeptTrees = 128 << 10;  // of text: some hundred trees
const DemandedDecl& ReadOnDemand(Program& program, FileId file, const IndexedDecl& decl);

// ---------------------------------------------------------------- update.cpp
void EditText(Program& program, ProgramFile& file, uint32_t begin, uint32_t end,
              std::string_view replacement);
void AddPieces(Program& program, ProgramFile& file);  // all of a file that was read
void DropPieces(Program& program, ProgramFile& file);
void MarkAll(Program& program);
void MarkModule(Program& program, const ProgramModule& module);
// Those that mention a name of a module; `deep`: and those that mention what they declare.
enum class Reach : uint8_t { kDirect, kDeep };
void MarkMentions(Program& program, const ProgramModule& module, Symbol name, Reach reach);
// The pieces by which other modules import this one.
void ForEachImport(const Program& program, const ProgramModule& module,
                   const std::function<void(const PieceState&)>& take);

// ---------------------------------------------------------------- slice.cpp
// Checks these pieces. `replaced`: trees in the place of pieces' own.
using Replaced = std::map<FileId, const ast::File*>;
std::unique_ptr<Slice> CheckSlice(Program& program, const std::unordered_set<FileId>& pieces,
                                  CheckNotes notes, const Replaced& replaced = {});

// ---------------------------------------------------------------- whole.cpp
std::unordered_set<FileId> AllPieces(const Program& program);
// Whether the check of these pieces tells of others, too, what only one of all tells.
bool NeedsWhole(const Program& program, const std::unordered_set<FileId>& pieces,
                const Slice& slice);
// A check of all; `slice`, of all pieces, where that is one. Decides what is named.
std::unique_ptr<Slice> CheckWhole(Program& program, std::unordered_set<FileId>& pieces,
                                  std::unique_ptr<Slice> slice, const CheckNotes& notes);
// What is named for the first time is to be checked. False: nothing is.
bool TakeNamed(Program& program, const Slice& slice);

// ---------------------------------------------------------------- settle.cpp
// Checks some of what is dirty, `first` before others. False: nothing was.
bool Settle(Program& program, const ProgramFile* first);
// All that was found in a file, in order of the source, with spans of pieces.
std::vector<const Diagnostic*> FoundIn(const Program& program, const ProgramFile& file);

}  // namespace opsc::lsp
