// A check of some pieces: what they name is declared when they name it.
#include <algorithm>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

const ast::File* TreeOf(const Piece& piece, const Replaced& replaced) {
  auto it = replaced.find(piece.file);
  return it == replaced.end() ? piece.tree.get() : it->second;
}

void AddWaiting(const Program& program, const Piece& piece, ParsedModule& module) {
  const PieceState& state = *program.StateOf(piece.file);
  if (state.index.names.empty()) return;
  OnDemandFile waiting{piece.file, {}};
  waiting.decls.reserve(state.index.names.size());
  for (const DeclaredName& name : state.index.names) {
    waiting.decls.push_back({name.name.text(), 0, 0, name.kind});
  }
  module.on_demand.push_back(std::move(waiting));
}

// Names that something which is always declared has with others: of those, the first in the source
// counts, so they are declared in that order.
std::unordered_set<Symbol> SharedNames(const Program& program, const ProgramModule& module) {
  std::unordered_set<Symbol> shared;
  for (const auto& file : module.files) {
    for (const Piece& piece : file->pieces.pieces) {
      const PieceIndex& index = program.StateOf(piece.file)->index;
      if (!index.is_interface || index.is_import) continue;
      for (const DeclaredName& name : index.names) {
        if (program.declared.at(name.name).size() > 1) shared.insert(name.name);
      }
    }
  }
  return shared;
}

bool IsShared(const std::unordered_set<Symbol>& shared, const PieceIndex& index) {
  return !shared.empty() && std::ranges::any_of(index.names, [&](const DeclaredName& name) {
    return shared.contains(name.name);
  });
}

// What the check sees of a module.
ParsedModule ModuleFor(const Program& program, const ProgramModule& module,
                       const std::unordered_set<FileId>& pieces, const Replaced& replaced,
                       Slice& slice) {
  ParsedModule parsed;
  parsed.path = &module == &program.prelude ? "std/prelude" : module.path;
  if (!module.files.empty()) parsed.beside.push_back(&slice.nothing);
  std::unordered_set<Symbol> shared = SharedNames(program, module);
  for (const auto& file : module.files) {
    if (!file->in_pieces) {
      parsed.on_demand.push_back({file->pieces.source, file->decls});
      continue;
    }
    for (const Piece& piece : file->pieces.pieces) {
      bool checked = pieces.contains(piece.file);
      if (checked) {
        parsed.files.push_back(TreeOf(piece, replaced));
      } else if (const PieceIndex& index = program.StateOf(piece.file)->index;
                 index.is_interface || IsShared(shared, index)) {
        parsed.beside.push_back(piece.tree.get());
      } else {
        AddWaiting(program, piece, parsed);
        continue;
      }
      slice.declared.insert(piece.file);
    }
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
  return slice.declared.insert(file).second ? state->piece->tree.get() : nullptr;
}

const ParsedModule* LoadModule(Program& program, Slice& slice, const std::string& path) {
  const ProgramModule* module = path.empty() ? nullptr : NeedModule(program, path);
  if (!module) return nullptr;
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
  for (const auto& [path, module] : program.modules) {
    s.modules.emplace(&module, ModuleFor(program, module, pieces, replaced, s));
  }
  s.modules.emplace(&program.prelude, ModuleFor(program, program.prelude, pieces, replaced, s));
  CheckInputs inputs;
  inputs.sources = &program.store.sources();
  inputs.prelude = &s.modules.at(&program.prelude);
  inputs.root = &s.modules.at(&program.modules.at(""));
  inputs.load = [&program, &s](const std::string& importer, const ast::ImportDecl& import) {
    return LoadModule(program, s, program.host->import_path(importer, import));
  };
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
