// What an edit asks to be checked again.
#include <algorithm>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

void EraseFrom(std::unordered_map<Symbol, std::vector<FileId>>& map, Symbol name, FileId id) {
  auto it = map.find(name);
  if (it == map.end()) return;
  auto at = std::ranges::find(it->second, id);
  if (at == it->second.end()) return;
  *at = it->second.back();
  it->second.pop_back();
  if (it->second.empty()) map.erase(it);
}

// Whether it is checked at all.
bool IsChecked(const PieceState& state) {
  return !state.file->absolute.empty() && state.file->module->part != Part::kNot;
}

void Mark(Program& program, FileId id) {
  const PieceState* state = program.StateOf(id);
  if (state && IsChecked(*state)) program.dirty.insert(id);
}

PieceState& AddPiece(Program& program, ProgramFile& file, const Piece& piece) {
  auto index = static_cast<size_t>(piece.file);
  if (program.pieces.size() <= index) program.pieces.resize(index + 1);
  auto state = std::make_unique<PieceState>();
  state->file = &file;
  state->piece = &piece;
  state->index = IndexPiece(*piece.kept, program.store.sources()[piece.file].text);
  for (const DeclaredName& name : state->index.names) {
    auto& ids = program.declared[name.name];
    if (ids.empty() || ids.back() != piece.file) ids.push_back(piece.file);
  }
  for (Symbol name : state->index.mentions) program.mentioned[name].push_back(piece.file);
  if (state->index.is_interface) program.interfaces[file.module].insert(piece.file);
  program.pieces[index] = std::move(state);
  Mark(program, piece.file);
  return *program.pieces[index];
}

void DropPiece(Program& program, FileId id) {
  PieceState* state = program.StateOf(id);
  if (!state) return;
  for (const DeclaredName& name : state->index.names) EraseFrom(program.declared, name.name, id);
  for (Symbol name : state->index.mentions) EraseFrom(program.mentioned, name, id);
  if (state->index.is_interface) program.interfaces[state->file->module].erase(id);
  program.with_found.erase(id);
  program.dirty.erase(id);
  program.pieces[static_cast<size_t>(id)].reset();
}

void Point(Program& program, ProgramFile& file) {
  for (const Piece& piece : file.pieces.pieces) {
    if (PieceState* state = program.StateOf(piece.file)) state->piece = &piece;
  }
}

// Diagnostics that point into a piece that is gone, or that depend on all names there are.
void MarkFound(Program& program, const std::unordered_set<FileId>& gone, bool names_changed) {
  auto stale = [&](const Diagnostic& d) {
    bool points = std::ranges::any_of(
        d.related, [&](const RelatedSpan& r) { return gone.contains(r.span.file); });
    bool suggests = d.id == Diag::kUnknownName || d.id == Diag::kUnknownType ||
                    d.id == Diag::kUnknownMember || d.id == Diag::kUnknownMethod;
    return points || (names_changed && suggests);
  };
  for (FileId id : program.with_found) {
    const PieceState* state = program.StateOf(id);
    if (state && std::ranges::any_of(state->found, stale)) Mark(program, id);
  }
}

void MarkDuplicates(Program& program, const ProgramFile& file,
                    const std::vector<DeclaredName>& names) {
  for (const DeclaredName& name : names) {
    auto it = program.declared.find(name.name);
    if (it == program.declared.end()) continue;
    for (FileId id : it->second) {
      if (program.StateOf(id)->file->module == file.module) Mark(program, id);
    }
  }
}

// All of the modules that a piece imports.
void MarkImported(Program& program, const PieceState& state) {
  const ast::File& tree = program.TreeOf(*state.piece);
  for (ast::DeclId id : tree.items) {
    const auto* import = std::get_if<ast::ImportDecl>(&tree.decls[id].node);
    if (!import) continue;
    auto module =
        program.modules.find(program.host->import_path(state.file->module->path, *import));
    if (module == program.modules.end()) continue;
    MarkModule(program, module->second);
  }
}

// Components that it has instances of: what is passed to them counts inside of them.
void MarkHeads(Program& program, const PieceState& state) {
  for (Symbol head : state.index.heads) {
    auto it = program.declared.find(head);
    if (it == program.declared.end()) continue;
    for (FileId id : it->second) {
      const PieceState* other = program.StateOf(id);
      bool component = other && std::ranges::any_of(other->index.names, [&](const auto& name) {
                         return name.name == head && name.is_component;
                       });
      if (component) Mark(program, id);
      if (other && other->index.is_import) MarkImported(program, *other);
    }
  }
}

// The names by which others know the module.
void MarkImporters(Program& program, const ProgramModule& module) {
  ForEachImport(program, module, [&](const PieceState& import) {
    for (const DeclaredName& name : import.index.names) {
      MarkMentions(program, *import.file->module, name.name, Reach::kDeep);
    }
  });
}

// Pieces as they were before an edit.
struct Old {
  std::vector<std::unique_ptr<PieceState>> states;

  const PieceState* Find(const DeclaredName& name) const {
    for (const auto& state : states) {
      for (const DeclaredName& other : state->index.names) {
        bool same = other.name == name.name && other.kind == name.kind &&
                    other.is_component == name.is_component;
        if (same) return state.get();
      }
    }
    return nullptr;
  }
};

bool Declares(const PieceState& state, const DeclaredName& name) {
  return std::ranges::any_of(state.index.names, [&](const DeclaredName& other) {
    return other.name == name.name && other.kind == name.kind &&
           other.is_component == name.is_component;
  });
}

void MarkChangedNames(Program& program, const Old& old, const std::vector<PieceState*>& fresh,
                      bool& names_changed) {
  auto reach = [](const PieceState& state) {
    return state.index.is_deep ? Reach::kDeep : Reach::kDirect;
  };
  // A name that comes or goes: of a type, also what has that type changes.
  auto reach_of_name = [](const DeclaredName& name) {
    bool value =
        name.kind == IndexedDecl::Kind::kValue || name.kind == IndexedDecl::Kind::kFunction;
    return value ? Reach::kDirect : Reach::kDeep;
  };
  for (PieceState* state : fresh) {
    for (const DeclaredName& name : state->index.names) {
      const PieceState* before = old.Find(name);
      if (!before) {
        names_changed = true;
        MarkMentions(program, *state->file->module, name.name, reach_of_name(name));
        continue;
      }
      // Others may have seen a text of it that was never checked itself.
      bool unsure = !before->is_checked || before->index.head != state->index.head;
      if (unsure) MarkMentions(program, *state->file->module, name.name, reach(*state));
      for (const ItemSummary& summary : before->summaries) {
        if (summary.name == name.name) state->summaries.push_back(summary);
      }
    }
  }
  for (const auto& state : old.states) {
    for (const DeclaredName& name : state->index.names) {
      bool kept = std::ranges::any_of(fresh, [&](auto* s) { return Declares(*s, name); });
      if (kept) continue;
      names_changed = true;
      MarkMentions(program, *state->file->module, name.name, reach_of_name(name));
    }
  }
}

bool InterfaceChanged(const Old& old, const std::vector<PieceState*>& fresh) {
  auto heads = [](const auto& states) {
    std::vector<std::string> texts;
    for (const auto& state : states) {
      if (state->index.is_interface && !state->index.is_import) texts.push_back(state->index.head);
    }
    std::ranges::sort(texts);
    return texts;
  };
  return heads(old.states) != heads(fresh);
}

std::vector<std::string> Imports(const auto& states) {
  std::vector<std::string> texts;
  for (const auto& state : states) {
    if (state->index.is_import) texts.push_back(state->index.head);
  }
  return texts;
}

}  // namespace

void MarkMentions(Program& program, const ProgramModule& module, Symbol name, Reach reach) {
  std::vector<std::pair<const ProgramModule*, Symbol>> names{{&module, name}};
  std::set<std::pair<const ProgramModule*, uint32_t>> seen{{&module, name.index()}};
  while (!names.empty()) {
    auto [declarer, declared] = names.back();
    names.pop_back();
    auto it = program.mentioned.find(declared);
    if (it == program.mentioned.end()) continue;
    const auto& importers = program.importers[declarer];
    for (FileId id : it->second) {
      const PieceState* state = program.StateOf(id);
      if (!state || state->file->absolute.empty()) continue;
      bool sees = state->file->module == declarer || importers.contains(state->file->module);
      if (!sees) continue;
      Mark(program, id);
      if (reach == Reach::kDirect) continue;
      for (const DeclaredName& other : state->index.names) {
        bool fresh = seen.emplace(state->file->module, other.name.index()).second;
        if (fresh) names.emplace_back(state->file->module, other.name);
      }
    }
  }
}

void ForEachImport(const Program& program, const ProgramModule& module,
                   const std::function<void(const PieceState&)>& take) {
  auto importers = program.importers.find(&module);
  if (importers == program.importers.end()) return;
  for (const ProgramModule* importer : importers->second) {
    auto interface = program.interfaces.find(importer);
    if (interface == program.interfaces.end()) continue;
    for (FileId id : interface->second) {
      const PieceState& state = *program.StateOf(id);
      if (!state.index.is_import) continue;
      const ast::File& tree = program.TreeOf(*state.piece);
      bool of_it = std::ranges::any_of(tree.items, [&](ast::DeclId decl) {
        const auto* import = std::get_if<ast::ImportDecl>(&tree.decls[decl].node);
        return import && program.host->import_path(importer->path, *import) == module.path;
      });
      if (of_it) take(state);
    }
  }
}

void MarkModule(Program& program, const ProgramModule& module) {
  for (const auto& file : module.files) {
    for (const Piece& piece : file->pieces.pieces) Mark(program, piece.file);
  }
}

void MarkAll(Program& program) {
  program.dirty.clear();
  for (size_t i = 0; i < program.pieces.size(); ++i) {
    if (program.pieces[i]) Mark(program, static_cast<FileId>(i));
  }
}

void AddPieces(Program& program, ProgramFile& file) {
  for (const Piece& piece : file.pieces.pieces) {
    const PieceState& state = AddPiece(program, file, piece);
    program.imports_changed = program.imports_changed || state.index.is_import;
  }
  for (const Piece& piece : file.pieces.pieces) {
    const PieceState& state = *program.StateOf(piece.file);
    MarkDuplicates(program, file, state.index.names);
    for (const DeclaredName& name : state.index.names) {
      MarkMentions(program, *file.module, name.name, Reach::kDeep);
    }
  }
  if (file.module && !file.absolute.empty()) program.changed.insert(&file);
}

void DropPieces(Program& program, ProgramFile& file) {
  std::unordered_set<FileId> gone;
  for (const Piece& piece : file.pieces.pieces) gone.insert(piece.file);
  for (const Piece& piece : file.pieces.pieces) {
    const PieceState& state = *program.StateOf(piece.file);
    MarkDuplicates(program, file, state.index.names);
    MarkHeads(program, state);
    for (const DeclaredName& name : state.index.names) {
      MarkMentions(program, *file.module, name.name, Reach::kDeep);
    }
    program.imports_changed = program.imports_changed || state.index.is_import;
  }
  MarkFound(program, gone, true);
  for (FileId id : gone) DropPiece(program, id);
}

void EditText(Program& program, ProgramFile& file, uint32_t begin, uint32_t end,
              std::string_view replacement) {
  ++program.revision;
  PiecesChange change = program.store.Edit(file.pieces, begin, end, replacement);
  file.lines = LineTable(program.TextOf(file));
  for (const Piece& piece : change.removed) {
    if (PieceState* state = program.StateOf(piece.file)) state->piece = &piece;
  }
  Point(program, file);
  Old old;
  std::unordered_set<FileId> gone;
  for (const Piece& piece : change.removed) {
    PieceState* state = program.StateOf(piece.file);
    if (!state) continue;
    gone.insert(piece.file);
    MarkHeads(program, *state);
    MarkDuplicates(program, file, state->index.names);
    auto copy = std::make_unique<PieceState>(std::move(*state));
    state->index = copy->index;
    DropPiece(program, piece.file);
    old.states.push_back(std::move(copy));
  }
  std::vector<PieceState*> fresh;
  for (size_t i = change.first; i < change.first + change.added; ++i) {
    fresh.push_back(&AddPiece(program, file, file.pieces.pieces[i]));
  }
  bool names_changed = false;
  MarkChangedNames(program, old, fresh, names_changed);
  for (const PieceState* state : fresh) {
    MarkDuplicates(program, file, state->index.names);
    MarkHeads(program, *state);
  }
  MarkFound(program, gone, names_changed);
  if (file.module->path != "" && InterfaceChanged(old, fresh)) {
    MarkImporters(program, *file.module);
  }
  if (Imports(old.states) != Imports(fresh)) program.imports_changed = true;
  for (const Piece& piece : change.removed) program.store.Release(piece);
  program.changed.insert(&file);
  std::string_view text = program.TextOf(file);
  if (IsOnDemand(file, text)) SetText(program, file, std::string(text));
}

}  // namespace opsc::lsp
