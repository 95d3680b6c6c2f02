// The files and modules of a program.
#include <algorithm>
#include <utility>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

void Unload(Program& program, ProgramFile& file) {
  DropPieces(program, file);
  program.readers.erase(file.pieces.source);
  std::erase_if(program.on_demand,
                [&](const auto& entry) { return entry.first.first == file.pieces.source; });
  program.sources.erase(file.pieces.source);
  program.store.Release(file.pieces);
  if (!file.in_pieces && !file.absolute.empty()) MarkAll(program);
  file.decls.clear();
  file.found.clear();
  file.unreadable.clear();
}

void Load(Program& program, ProgramFile& file, std::string text) {
  file.lines = LineTable(text);
  file.in_pieces = !IsOnDemand(file, text);
  if (file.in_pieces) {
    file.pieces = program.store.Read(file.path, std::move(text));
  } else {
    file.pieces.source = program.store.AddText(file.path, std::move(text));
    file.decls = *IndexDeclarations(program.TextOf(file));
    if (!file.absolute.empty()) MarkAll(program);
  }
  program.sources[file.pieces.source] = &file;
  AddPieces(program, file);
  ForgetTrees(program, kKeptTrees);
}

void LoadFromDisk(Program& program, ProgramFile& file) {
  Result<std::string> text = program.read(file.absolute);
  if (text && program.host->is_manifest(file.path)) text = program.host->manifest_module(*text);
  Load(program, file, text.value_or(""));
  if (text) return;
  std::string_view reason = text.error().message;  // "cannot open PATH: REASON"
  if (size_t at = reason.rfind(": "); at != reason.npos) reason.remove_prefix(at + 2);
  Diagnostics found;
  found.Add(Diag::kUnreadableFile, {file.pieces.source, 0, 0}, {file.path, reason}).hint =
      text.error().hint;
  file.unreadable = found.all();
}

std::vector<std::string> FilesOf(const Program& program, const std::string& module) {
  if (program.host->is_manifest(module)) return {module};
  std::vector<std::string> files;
  std::string directory = module.empty() ? program.root : JoinPath(program.root, module);
  for (const std::string& name : program.list(directory)) {
    files.push_back(module.empty() ? name : JoinPath(module, name));
  }
  std::ranges::sort(files);
  return files;
}

void AddStdlib(Program& program, ProgramModule& module, std::string_view folder) {
  for (const StdFile& std_file : program.host->stdlib) {
    if (DirName(std_file.path) != folder) continue;
    auto& file = *module.files.emplace_back(std::make_unique<ProgramFile>());
    file.path = "std/" + std::string(std_file.path);
    file.module = &module;
    Load(program, file, std::string(std_file.text));
  }
}

// Makes the files of a module those that are there now.
void ListFiles(Program& program, ProgramModule& module) {
  std::vector<std::string> paths = FilesOf(program, module.path);
  std::erase_if(module.files, [&](const auto& file) {
    if (std::ranges::binary_search(paths, file->path)) return false;
    Unload(program, *file);
    program.changed.erase(file.get());
    return true;
  });
  for (const std::string& path : paths) {
    auto same = [&](const auto& file) { return file->path == path; };
    if (std::ranges::any_of(module.files, same)) continue;
    auto file = std::make_unique<ProgramFile>();
    file->path = path;
    file->absolute = JoinPath(program.root, path);
    file->module = &module;
    LoadFromDisk(program, *file);
    auto at = std::ranges::find_if(module.files, [&](const auto& f) { return path < f->path; });
    module.files.insert(at, std::move(file));
  }
}

// The modules that a loaded one imports: always, or for what is named of a generated file.
struct Imports {
  std::set<std::string> always;
  std::set<std::string> named;
};

Imports ImportsOf(Program& program, const ProgramModule& module) {
  Imports imports;
  auto add = [&](const ast::File& tree, std::set<std::string>& paths) {
    for (ast::DeclId id : tree.items) {
      const auto* import = std::get_if<ast::ImportDecl>(&tree.decls[id].node);
      if (!import) continue;
      std::string path = program.host->import_path(module.path, *import);
      // Not the root, which is no other module, and the stdlib only when it is needed.
      bool other = !path.empty() && path != "." && !path.starts_with("std/");
      if (other) paths.insert(path);
    }
  };
  for (const auto& file : module.files) {
    for (const Piece& piece : file->pieces.pieces) {
      bool import = program.StateOf(piece.file)->index.is_import;
      if (import) add(program.TreeOf(piece), imports.always);
    }
    for (const IndexedDecl& decl : file->decls) {
      bool import = decl.kind == IndexedDecl::Kind::kAny;
      if (import) add(*ReadOnDemand(program, file->pieces.source, decl).tree, imports.named);
    }
  }
  return imports;
}

// Reads all that the root reaches, and says what each of them imports.
std::map<std::string, Imports> ReadReached(Program& program) {
  std::map<std::string, Imports> reached{{"", {}}};
  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    std::string path = std::move(waiting.back());
    waiting.pop_back();
    ProgramModule& module = program.modules[path];
    module.path = path;
    ListFiles(program, module);
    Imports imports = ImportsOf(program, module);
    for (const auto* paths : {&imports.always, &imports.named}) {
      for (const std::string& import : *paths) {
        program.importers[&program.modules[import]].insert(&module);
        if (reached.try_emplace(import).second) waiting.push_back(import);
      }
    }
    reached[path] = std::move(imports);
  }
  return reached;
}

// Nothing is known yet of what else is named.
void DecideParts(Program& program, const std::map<std::string, Imports>& reached) {
  for (auto& [path, module] : program.modules) {
    bool shown = std::exchange(module.part, Part::kNot) != Part::kNot;
    if (!shown) continue;
    for (const auto& file : module.files) program.changed.insert(file.get());
  }
  std::vector<std::string> waiting{""};
  while (!waiting.empty()) {
    std::string path = std::move(waiting.back());
    waiting.pop_back();
    Part& part = program.modules.at(path).part;
    if (std::exchange(part, Part::kAlways) == Part::kAlways) continue;
    const std::set<std::string>& imports = reached.at(path).always;
    waiting.insert(waiting.end(), imports.begin(), imports.end());
  }
}

}  // namespace

bool IsOnDemand(const ProgramFile& file, std::string_view text) {
  bool imported = file.module->path != "" && file.path != "";
  return imported && IndexDeclarations(text).has_value();
}

ProgramFile* Program::FileAt(const std::string& absolute) const {
  for (const auto& [path, module] : modules) {
    for (const auto& file : module.files) {
      if (!file->absolute.empty() && file->absolute == absolute) return file.get();
    }
  }
  return nullptr;
}

const ProgramModule* Program::ModuleAt(const std::string& path) const {
  const auto& known = path.starts_with("std/") ? standard : modules;
  auto it = known.find(path);
  return it == known.end() || it->second.files.empty() ? nullptr : &it->second;
}

const ProgramModule* NeedModule(Program& program, const std::string& path) {
  if (path.starts_with("std/") && !program.standard.contains(path)) {
    ProgramModule& module = program.standard[path];
    module.path = path;
    AddStdlib(program, module, path.substr(4));
  }
  return program.ModuleAt(path);
}

std::optional<Place> Program::Locate(FileId id, uint32_t offset) const {
  if (const PieceState* state = StateOf(id)) {
    return Place{state->file, state->piece->begin + offset};
  }
  auto it = sources.find(id);
  return it == sources.end() ? std::nullopt : std::optional(Place{it->second, offset});
}

const Piece* Program::PieceAt(const ProgramFile& file, uint32_t offset) const {
  const auto& all = file.pieces.pieces;
  auto it = std::ranges::partition_point(all, [&](const Piece& p) { return p.end < offset; });
  return it == all.end() ? nullptr : &*it;
}

std::unique_ptr<Program> OpenProgram(const Host& host, std::string root,
                                     decltype(Program::read) read, decltype(Program::list) list) {
  auto program = std::make_unique<Program>();
  program->host = &host;
  program->root = std::move(root);
  program->read = std::move(read);
  program->list = std::move(list);
  AddStdlib(*program, program->prelude, "prelude");
  RefreshModules(*program);
  return program;
}

void RefreshModules(Program& program) {
  program.importers.clear();
  std::map<std::string, Imports> reached = ReadReached(program);
  for (auto it = program.modules.begin(); it != program.modules.end();) {
    if (reached.contains(it->first)) {
      ++it;
      continue;
    }
    for (const auto& file : it->second.files) {
      Unload(program, *file);
      program.changed.erase(file.get());
    }
    program.interfaces.erase(&it->second);
    it = program.modules.erase(it);
  }
  DecideParts(program, reached);
  MarkAll(program);
  program.imports_changed = false;
}

const DemandedDecl& ReadOnDemand(Program& program, FileId file, const IndexedDecl& decl) {
  DemandedDecl& read = program.on_demand[{file, decl.begin}];
  if (read.tree) return read;
  DemandReader& of_file = program.readers[file];
  if (!of_file.reader) {
    of_file.reader =
        std::make_unique<ItemReader>(program.store.sources(), file, ParseOptions{}, of_file.found);
  }
  size_t known = of_file.found.all().size();
  read.tree = std::make_unique<ast::File>(of_file.reader->Read(decl.begin, decl.end));
  const auto& found = of_file.found.all();
  read.found.assign(found.begin() + static_cast<ptrdiff_t>(known), found.end());
  return read;
}

void ForgetTrees(Program& program, size_t bytes) {
  for (FileId id : program.store.TakeOldest(bytes)) {
    const PieceState* state = program.StateOf(id);
    // What every check sees is kept.
    bool may = state && !state->file->absolute.empty() && !state->index.is_interface;
    if (may) PieceStore::Forget(*state->piece);
  }
}

void SetText(Program& program, ProgramFile& file, std::string text) {
  if (program.host->is_manifest(file.path)) return LoadFromDisk(program, file);
  Unload(program, file);
  Load(program, file, std::move(text));
  ++program.revision;
}

}  // namespace opsc::lsp
