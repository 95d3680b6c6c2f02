// The folders that an editor has open, its unsaved texts, and the programs that they belong to.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/lsp/json_rpc.h"
#include "compiler/lsp/program.h"
#include "compiler/lsp/protocol.h"

namespace opsc::lsp {

// A text as the editor has it.
struct Document {
  std::string uri;
  std::string path;
  int64_t version = 0;
  std::string text;
  LineTable lines;
};

// What the client can do, as far as it matters here.
struct ClientAbilities {
  bool snippets = false;
  bool pull_diagnostics = false;  // and asked for by a setting: then nothing is pushed
  bool progress = false;
  bool watch_files = false;
  bool refresh_lenses = false;
  bool refresh_hints = false;
  bool refresh_diagnostics = false;
  bool refresh_tokens = false;
  bool configuration = false;
  bool apply_edit = false;
};

// What a user can set (`opsc.…`, or initializationOptions).
struct Settings {
  bool inlay_types = true;
  bool inlay_defaults = true;
  bool inlay_pending = true;
  bool lenses = true;
  bool check_on_save = true;
};

// What one run of a lens came to, shown in its place.
struct LensResult {
  std::string title;
  bool is_running = false;
};

struct Workspace {
  const Host* host = nullptr;
  Encoding encoding = Encoding::kUtf16;
  ClientAbilities client;
  Settings settings;
  std::vector<std::string> folders;                          // absolute paths
  std::map<std::string, Document> documents;                 // by path
  std::map<std::string, std::unique_ptr<Program>> programs;  // by root
  std::string active;                                        // path of the document edited last
  std::map<std::string, LensResult> lens_results;            // by root, command and name

  // Checks with uses of single pieces, the latest first.
  struct Looked {
    const Program* program;
    FileId piece;
    uint64_t revision;
    std::shared_ptr<Slice> slice;
  };
  std::list<Looked> looked;
};

// A place in a document.
struct Spot {
  Program* program = nullptr;
  ProgramFile* file = nullptr;
  uint32_t offset = 0;
  const Piece* piece = nullptr;  // null: behind the last one

  std::string_view text() const { return program->TextOf(*file); }
  uint32_t in_piece() const { return piece ? offset - piece->begin : 0; }
};

std::string PathOf(const std::string& uri);  // also of documents that are no files
std::string UriOf(const Workspace& w, const Program& program, const ProgramFile& file);

// The program and the file of a path; null: no program has it.
struct Home {
  Program* program = nullptr;
  ProgramFile* file = nullptr;
};
Home HomeOf(Workspace& w, const std::string& path);  // opens the program where it must
void OpenDocument(Workspace& w, Document document);
void ChangeDocument(Workspace& w, const std::string& path, int64_t version, const Json& changes);
void CloseDocument(Workspace& w, const std::string& path);
void FileChangedOnDisk(Workspace& w, const std::string& path);
void CloseFolder(Workspace& w, const std::string& folder);

// `textDocument` and `position` of a request; nullopt: it is in no program.
std::optional<Home> FileOf(Workspace& w, const Json& params);
std::optional<Spot> SpotOf(Workspace& w, const Json& params);
Spot SpotAt(Program& program, ProgramFile& file, uint32_t offset);

Range RangeOf(const Workspace& w, const Program& program, const ProgramFile& file, uint32_t begin,
              uint32_t end);
// Of a span of a piece or source; nullopt: it stands nowhere.
struct Where {
  std::string uri;
  Range range;
};
std::optional<Where> WhereIs(const Workspace& w, const Program& program, Span span);

// The piece's check, with the uses of names in it.
std::shared_ptr<Slice> LookAt(Workspace& w, Program& program, const Piece& piece);

}  // namespace opsc::lsp
