#include "compiler/lsp/workspace.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/uri.h"

namespace opsc::lsp {
namespace {

constexpr std::string_view kNoFile = "/.buffers/";  // of documents that are no files

// A document that is no file is a program of its own.
std::string PathOfBuffer(const std::string& uri) {
  return std::string(kNoFile) + Sha256(uri).Hex().substr(0, 16) + "/buffer.ops";
}

std::string StdlibFolder(const Workspace& w) {
  return JoinPath(w.host->cache_dir, "stdlib-" + w.host->stamp);
}

Result<std::string> ReadText(const Workspace& w, const std::string& path) {
  auto it = w.documents.find(path);
  if (it != w.documents.end()) return it->second.text;
  return w.host->env->ReadFile(path);
}

std::vector<std::string> ListSources(const Workspace& w, const std::string& directory) {
  std::vector<std::string> names;
  auto add = [&](std::string_view name) {
    bool source = name.ends_with(".ops") && name.size() > 4 && !name.starts_with('.');
    if (source && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  };
  if (auto entries = w.host->env->List(directory)) {
    for (const DirEntry& entry : *entries) {
      if (entry.type == FileType::kFile || entry.type == FileType::kSymlink) add(entry.name);
    }
  }
  for (const auto& [path, document] : w.documents) {
    if (DirName(path) == directory) add(BaseName(path));
  }
  return names;
}

std::unique_ptr<Program> OpenAt(const Workspace& w, const std::string& root) {
  return OpenProgram(
      *w.host, root, [&w](const std::string& path) { return ReadText(w, path); },
      [&w](const std::string& directory) { return ListSources(w, directory); });
}

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Directories above `directory` that a program could have its root in, outermost first.
std::vector<std::string> RootsAbove(const Workspace& w, const std::string& directory) {
  std::vector<std::string> roots;
  for (const std::string& folder : w.folders) {
    if (directory != folder && !IsBelow(directory, folder)) continue;
    for (std::string at = directory; IsBelow(at, folder);) {
      at = std::string(DirName(at));
      if (!ListSources(w, at).empty()) roots.insert(roots.begin(), at);
    }
    break;
  }
  return roots;
}

ProgramFile* StdFileAt(const Workspace& w, const std::string& path, Program*& program) {
  std::string folder = StdlibFolder(w);
  if (!IsBelow(path, folder)) return nullptr;
  std::string name = "std" + path.substr(folder.size());
  for (const auto& [root, candidate] : w.programs) {
    auto find = [&](const ProgramModule& module) -> ProgramFile* {
      for (const auto& file : module.files) {
        if (file->path == name) return file.get();
      }
      return nullptr;
    };
    program = candidate.get();
    if (ProgramFile* file = find(candidate->prelude)) return file;
    for (const auto& [module_path, module] : candidate->standard) {
      if (ProgramFile* file = find(module)) return file;
    }
  }
  return nullptr;
}

// A readable copy of a file of the stdlib; made when it is first asked for.
std::string StdlibCopy(const Workspace& w, const ProgramFile& file, std::string_view text) {
  std::string path = JoinPath(StdlibFolder(w), file.path.substr(4));
  if (w.host->env->Stat(path).type != FileType::kFile) {
    if (w.host->env->MakeDirs(std::string(DirName(path)))) {
      (void)w.host->env->WriteFile(path, text, 0444, Durability::kCached);
    }
  }
  return path;
}

void ApplyChange(Workspace& w, Document& document, const Json& change) {
  auto text = change.at("text").get<std::string>();
  Program* program = nullptr;
  ProgramFile* file = nullptr;
  std::vector<std::pair<Program*, ProgramFile*>> homes;
  for (const auto& [root, candidate] : w.programs) {
    program = candidate.get();
    file = program->FileAt(document.path);
    if (file) homes.emplace_back(program, file);
  }
  if (!change.contains("range")) {
    document.text = std::move(text);
    document.lines = LineTable(document.text);
    for (auto [p, f] : homes) SetText(*p, *f, document.text);
    return;
  }
  Range range = RangeFrom(change.at("range"));
  uint32_t begin = document.lines.Offset(document.text, range.start, w.encoding);
  uint32_t end = std::max(begin, document.lines.Offset(document.text, range.end, w.encoding));
  for (auto [p, f] : homes) {
    if (f->in_pieces && p->TextOf(*f) == document.text) EditText(*p, *f, begin, end, text);
  }
  document.text.replace(begin, end - begin, text);
  document.lines = LineTable(document.text);
  for (auto [p, f] : homes) {
    if (p->TextOf(*f) != document.text) SetText(*p, *f, document.text);
  }
}

}  // namespace

std::string PathOf(const std::string& uri) {
  auto path = PathOfUri(uri);
  return path ? *path : PathOfBuffer(uri);
}

std::string UriOf(const Workspace& w, const Program& program, const ProgramFile& file) {
  if (file.absolute.empty()) return UriOfPath(StdlibCopy(w, file, program.TextOf(file)));
  auto it = w.documents.find(file.absolute);
  return it == w.documents.end() ? UriOfPath(file.absolute) : it->second.uri;
}

Home HomeOf(Workspace& w, const std::string& path) {
  for (const auto& [root, program] : w.programs) {
    if (ProgramFile* file = program->FileAt(path)) return {program.get(), file};
  }
  Home of_std;
  of_std.file = StdFileAt(w, path, of_std.program);
  if (of_std.file) return of_std;
  if (IsBelow(path, w.host->cache_dir)) return {};
  std::string directory(DirName(path));
  std::vector<std::string> roots = RootsAbove(w, directory);
  roots.push_back(directory);
  for (const std::string& root : roots) {
    if (w.programs.contains(root)) continue;
    auto program = OpenAt(w, root);
    ProgramFile* file = program->FileAt(path);
    if (!file) continue;
    Home home{program.get(), file};
    w.programs.emplace(root, std::move(program));
    return home;
  }
  return {};
}

void OpenDocument(Workspace& w, Document document) {
  std::string path = document.path;
  document.lines = LineTable(document.text);
  w.documents[path] = std::move(document);
  w.active = path;
  const Document& opened = w.documents[path];
  bool known = false;
  for (const auto& [root, program] : w.programs) {
    ProgramFile* file = program->FileAt(path);
    if (!file && program->modules.contains("") && std::string(DirName(path)) == root) {
      RefreshModules(*program);
      file = program->FileAt(path);
    }
    if (!file) continue;
    known = true;
    if (program->TextOf(*file) != opened.text) SetText(*program, *file, opened.text);
    program->changed.insert(file);
  }
  if (!known) HomeOf(w, path);
}

void ChangeDocument(Workspace& w, const std::string& path, int64_t version, const Json& changes) {
  auto it = w.documents.find(path);
  if (it == w.documents.end()) return;
  w.active = path;
  it->second.version = version;
  for (const Json& change : changes) ApplyChange(w, it->second, change);
}

void CloseDocument(Workspace& w, const std::string& path) {
  w.documents.erase(path);
  FileChangedOnDisk(w, path);
}

void FileChangedOnDisk(Workspace& w, const std::string& path) {
  if (w.documents.contains(path)) return;  // the editor's text stands
  bool exists = w.host->env->Stat(path).type != FileType::kMissing;
  for (auto it = w.programs.begin(); it != w.programs.end();) {
    Program& program = *it->second;
    ProgramFile* file = program.FileAt(path);
    if (file && exists) {
      auto text = w.host->env->ReadFile(path);
      if (text && (w.host->is_manifest(path) || program.TextOf(*file) != *text)) {
        SetText(program, *file, *text);
      }
    } else if (file || (exists && path.starts_with(program.root))) {
      RefreshModules(program);
    }
    bool empty = program.modules[""].files.empty();
    it = empty ? w.programs.erase(it) : std::next(it);
  }
  w.looked.clear();
}

void CloseFolder(Workspace& w, const std::string& folder) {
  std::erase(w.folders, folder);
  w.looked.clear();
  std::erase_if(w.programs, [&](const auto& entry) {
    if (entry.first != folder && !IsBelow(entry.first, folder)) return false;
    return std::ranges::none_of(w.documents, [&](const auto& document) {
      return entry.second->FileAt(document.first) != nullptr;
    });
  });
}

std::optional<Home> FileOf(Workspace& w, const Json& params) {
  Home home = HomeOf(w, PathOf(params.at("textDocument").at("uri").get<std::string>()));
  return home.file ? std::optional(home) : std::nullopt;
}

std::optional<Spot> SpotOf(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return std::nullopt;
  Position position = PositionFrom(params.at("position"));
  std::string_view text = home->program->TextOf(*home->file);
  return SpotAt(*home->program, *home->file, home->file->lines.Offset(text, position, w.encoding));
}

Spot SpotAt(Program& program, ProgramFile& file, uint32_t offset) {
  return {&program, &file, offset, program.PieceAt(file, offset)};
}

Range RangeOf(const Workspace& w, const Program& program, const ProgramFile& file, uint32_t begin,
              uint32_t end) {
  std::string_view text = program.TextOf(file);
  return {file.lines.At(text, begin, w.encoding), file.lines.At(text, end, w.encoding)};
}

std::optional<Where> WhereIs(const Workspace& w, const Program& program, Span span) {
  if (!span.valid()) return std::nullopt;
  auto place = program.Locate(span.file, span.begin);
  if (!place) return std::nullopt;
  uint32_t end = place->offset + (span.end - span.begin);
  return Where{UriOf(w, program, *place->file),
               RangeOf(w, program, *place->file, place->offset, end)};
}

std::shared_ptr<Slice> LookAt(Workspace& w, Program& program, const Piece& piece) {
  for (auto it = w.looked.begin(); it != w.looked.end(); ++it) {
    bool same =
        it->program == &program && it->piece == piece.file && it->revision == program.revision;
    if (!same) continue;
    w.looked.splice(w.looked.begin(), w.looked, it);
    return w.looked.front().slice;
  }
  CheckNotes notes;
  notes.wants_uses = true;
  std::shared_ptr<Slice> slice = CheckSlice(program, {piece.file}, notes);
  w.looked.push_front({&program, piece.file, program.revision, slice});
  constexpr size_t kKept = 4;
  if (w.looked.size() > kKept) w.looked.pop_back();
  return slice;
}

}  // namespace opsc::lsp
