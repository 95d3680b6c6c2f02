// A check of some pieces: what they name is declared when they name it.
#include <algorithm>
#include <iterator>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

const ast::File* TreeOf(const Program& program, FileId id, Slice& slice) {
  return slice.trees.emplace_back(program.store.Tree(*program.StateOf(id)->piece)).get();
}

// Pieces in the order of the source. REQUIRES: they are of one module.
void SortBySource(const Program& program, std::vector<FileId>& pieces) {
  std::ranges::sort(pieces, {}, [&](FileId id) {
    const PieceState& state = *program.StateOf(id);
    return std::pair(std::string_view(state.file->path), state.piece->begin);
  });
}

// All of a module in which nothing is read on demand; others wait by name.
void AddWaiting(const Program& program, const ProgramModule& module, const Slice& slice,
                ParsedModule& parsed) {
  parsed.by_name.sources = [&program, &module](Symbol name) {
    std::vector<FileId> sources;
    auto it = program.declared.find(name);
    if (it == program.declared.end()) return sources;
    std::ranges::copy_if(it->second, std::back_inserter(sources),
                         [&](FileId id) { return program.StateOf(id)->file->module == &module; });
    SortBySource(program, sources);
    return sources;
  };
  parsed.by_name.each = [&program, &module, &slice](const auto& take) {
    for (const auto& file : module.files) {
      for (const Piece& piece : file->pieces.pieces) {
        if (slice.declared.contains(piece.file)) continue;
        for (const DeclaredName& name : program.StateOf(piece.file)->index.names) {
          take(name.name, name.kind);
        }
      }
    }
  };
}

void AddWaiting(const Program& program, const ProgramFile& file, const Slice& slice,
                ParsedModule& parsed) {
  if (!file.in_pieces) return parsed.on_demand.push_back({file.pieces.source, file.decls});
  for (const Piece& piece : file.pieces.pieces) {
    if (slice.declared.contains(piece.file)) continue;
    OnDemandFile waiting{piece.file, {}};
    for (const DeclaredName& name : program.StateOf(piece.file)->index.names) {
      waiting.decls.push_back({name.name.text(), 0, 0, name.kind});
    }
    if (!waiting.decls.empty()) parsed.on_demand.push_back(std::move(waiting));
  }
}

// What is always declared of a module: its imports, params and outs, and, as of names that are
// declared twice the first in the source counts, what has a name with one of them.
std::vector<FileId> AlwaysDeclared(const Program& program, const ProgramModule& module) {
  std::vector<FileId> pieces;
  std::unordered_set<FileId> known;
  auto add = [&](FileId id) {
    bool here = program.StateOf(id)->file->module == &module;
    if (here && known.insert(id).second) pieces.push_back(id);
  };
  auto interface = program.interfaces.find(&module);
  if (interface == program.interfaces.end()) return pieces;
  for (FileId id : interface->second) {
    add(id);
    const PieceIndex& index = program.StateOf(id)->index;
    if (index.is_import) continue;
    for (const DeclaredName& name : index.names) {
      for (FileId namesake : program.declared.at(name.name)) add(namesake);
    }
  }
  SortBySource(program, pieces);
  return pieces;
}

// What the check sees of a module of which it checks these pieces.
ParsedModule ModuleFor(const Program& program, const ProgramModule& module,
                       std::vector<FileId> pieces, const Replaced& replaced, Slice& slice) {
  ParsedModule parsed;
  parsed.path = &module == &program.prelude ? "std/prelude" : module.path;
  if (!module.files.empty()) parsed.beside.push_back(&slice.nothing);
  SortBySource(program, pieces);
  for (FileId id : pieces) {
    auto other = replaced.find(id);
    parsed.files.push_back(other == replaced.end() ? TreeOf(program, id, slice) : other->second);
    slice.declared.insert(id);
  }
  for (FileId id : AlwaysDeclared(program, module)) {
    bool fresh = slice.declared.insert(id).second;
    if (fresh) parsed.beside.push_back(TreeOf(program, id, slice));
  }
  if (std::ranges::all_of(module.files, [](const auto& file) { return file->in_pieces; })) {
    AddWaiting(program, module, slice, parsed);
  } else {
    for (const auto& file : module.files) AddWaiting(program, *file, slice, parsed);
  }
  return parsed;
}

const ast::File* Declare(Program& program, Slice& slice, FileId file, const IndexedDecl& decl) {
  const PieceState* state = program.StateOf(file);
  if (!state) {
    const DemandedDecl& read = ReadOnDemand(program, file, decl);
    slice.unread.insert(slice.unread.end(), read.found.begin(), read.found.end());
    return read.tree.get();
  }
  return slice.declared.insert(file).second ? TreeOf(program, file, slice) : nullptr;
}

const ParsedModule* LoadModule(Program& program, Slice& slice, const std::string& path) {
  if (path == ".") return &slice.modules.at(&program.modules.at(""));
  const ProgramModule* module = path.empty() ? nullptr : NeedModule(program, path);
  if (!module) return nullptr;
  slice.asked.insert(module);
  auto known = slice.modules.find(module);
  if (known != slice.modules.end()) return &known->second;
  return &slice.modules.emplace(module, ModuleFor(program, *module, {}, {}, slice)).first->second;
}

const Waits* KnownWaits(const Program& program, FileId file, Symbol name) {
  const PieceState* state = program.StateOf(file);
  if (!state) return nullptr;
  for (const ItemSummary& summary : state->summaries) {
    if (summary.name == name) return &summary.waits;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Slice> CheckSlice(Program& program, const std::unordered_set<FileId>& pieces,
                                  CheckNotes notes, const Replaced& replaced) {
  auto slice = std::make_unique<Slice>();
  Slice& s = *slice;
  s.notes = std::move(notes);
  s.notes.known_waits = [&program](FileId file, Symbol name) {
    return KnownWaits(program, file, name);
  };
  std::unordered_map<const ProgramModule*, std::vector<FileId>> checked;
  for (FileId id : pieces) checked[program.StateOf(id)->file->module].push_back(id);
  auto add = [&](const ProgramModule& module) {
    s.modules.emplace(&module,
                      ModuleFor(program, module, std::move(checked[&module]), replaced, s));
  };
  for (const auto& [path, module] : program.modules) add(module);
  add(program.prelude);
  CheckInputs inputs;
  inputs.sources = &program.store.sources();
  inputs.prelude = &s.modules.at(&program.prelude);
  inputs.root = &s.modules.at(&program.modules.at(""));
  inputs.load = [&program, &s](const std::string& importer, const ast::ImportDecl& import) {
    return LoadModule(program, s, program.host->import_path(importer, import));
  };
  inputs.std_modules = program.host->std_modules;
  inputs.builtins = &program.host->builtins;
  inputs.parse = [&program, &s](FileId file, const IndexedDecl& decl) {
    return Declare(program, s, file, decl);
  };
  inputs.notes = &s.notes;
  s.model = Check(inputs, s.diagnostics);
  program.checked_pieces += pieces.size();
  return slice;
}

}  // namespace opsc::lsp
