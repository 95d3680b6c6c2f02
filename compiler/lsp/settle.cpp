// Checks what is dirty until all that was found is what a check from scratch finds.
#include <algorithm>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

using Pieces = std::unordered_set<FileId>;

bool Heads(const PieceState& state, Symbol name) {
  return std::ranges::find(state.index.heads, name) != state.index.heads.end();
}

void AddInstancesOf(const Program& program, Symbol name, Pieces& pieces,
                    std::vector<FileId>& added) {
  auto it = program.mentioned.find(name);
  if (it == program.mentioned.end()) return;
  for (FileId id : it->second) {
    const PieceState* state = program.StateOf(id);
    bool gives = state && !state->file->absolute.empty() &&
                 state->file->module->part != Part::kNot && Heads(*state, name);
    if (gives && pieces.insert(id).second) added.push_back(id);
  }
}

void AddInstancesOfModule(const Program& program, const ProgramModule& module, Pieces& pieces,
                          std::vector<FileId>& added) {
  ForEachImport(program, module, [&](const PieceState& import) {
    for (const DeclaredName& name : import.index.names) {
      AddInstancesOf(program, name.name, pieces, added);
    }
  });
}

// Of a name that is declared twice, the first in the source counts.
void AddNamesakes(const Program& program, const PieceState& state, Pieces& pieces,
                  std::vector<FileId>& added) {
  for (const DeclaredName& name : state.index.names) {
    auto it = program.declared.find(name.name);
    if (it == program.declared.end()) continue;
    for (FileId id : it->second) {
      const PieceState* other = program.StateOf(id);
      bool same = other && other->file->module == state.file->module;
      if (same && pieces.insert(id).second) added.push_back(id);
    }
  }
}

// What must be checked along with the pieces: their namesakes, and with a component, all that make
// instances of it, because what they pass counts inside of it.
void AddGivers(const Program& program, Pieces& pieces) {
  std::vector<FileId> open(pieces.begin(), pieces.end());
  std::unordered_set<const ProgramModule*> modules;
  while (!open.empty()) {
    const PieceState& state = *program.StateOf(open.back());
    open.pop_back();
    AddNamesakes(program, state, pieces, open);
    for (const DeclaredName& name : state.index.names) {
      if (name.is_component) AddInstancesOf(program, name.name, pieces, open);
    }
    const ProgramModule* module = state.file->module;
    if (module->path.empty() || !modules.insert(module).second) continue;
    AddInstancesOfModule(program, *module, pieces, open);
  }
}

// The dirty pieces of one file.
Pieces Choose(const Program& program, const ProgramFile* first) {
  auto of = [&](const ProgramFile* file) {
    Pieces pieces;
    for (const Piece& piece : file->pieces.pieces) {
      if (program.dirty.contains(piece.file)) pieces.insert(piece.file);
    }
    return pieces;
  };
  if (first) {
    Pieces pieces = of(first);
    if (!pieces.empty()) return pieces;
  }
  return of(program.StateOf(*program.dirty.begin())->file);
}

bool SameRelated(const RelatedSpan& a, const RelatedSpan& b) {
  return a.span == b.span && a.message == b.message;
}

bool Same(const Diagnostic& a, const Diagnostic& b) {
  return a.id == b.id && a.span == b.span && a.message == b.message && a.hint == b.hint &&
         std::ranges::equal(a.related, b.related, SameRelated);
}

bool Knows(const PieceState& state, const Diagnostic& diagnostic) {
  return std::ranges::any_of(state.found, [&](const auto& d) { return Same(d, diagnostic); });
}

void TakeFound(Program& program, const Pieces& pieces, const Slice& slice) {
  for (FileId id : pieces) {
    PieceState& state = *program.StateOf(id);
    if (!state.found.empty()) program.changed.insert(state.file);
    state.found.clear();
    state.is_checked = true;
    program.with_found.erase(id);
    program.dirty.erase(id);
  }
  for (const Diagnostic& d : slice.diagnostics.all()) {
    PieceState* state = program.StateOf(d.span.file);
    if (!state || state->file->absolute.empty()) continue;
    if (pieces.contains(d.span.file)) {
      state->found.push_back(d);
      program.with_found.insert(d.span.file);
      program.changed.insert(state->file);
    } else if (!Knows(*state, d) && state->hinted.insert(d.message).second) {
      program.dirty.insert(d.span.file);  // its own check decides, once
    }
  }
}

// What differs from the summary before makes those dirty that mention it.
void TakeSummaries(Program& program, const Pieces& pieces, const Slice& slice) {
  std::unordered_map<FileId, std::vector<ItemSummary>> before;
  for (FileId id : pieces) before[id] = std::exchange(program.StateOf(id)->summaries, {});
  struct Changed {
    const ProgramModule* module;
    Symbol name;
    Reach reach;
  };
  std::vector<Changed> changed;
  for (const ItemSummary& summary : slice.notes.summaries) {
    auto old = before.find(summary.span.file);
    if (old == before.end()) continue;
    PieceState& state = *program.StateOf(summary.span.file);
    auto it = std::ranges::find(old->second, summary.name, &ItemSummary::name);
    bool same = it == old->second.end() ? summary.waits.empty() : it->text == summary.text;
    bool component = std::ranges::any_of(state.index.names, [&](const DeclaredName& name) {
      return name.name == summary.name && name.is_component;
    });
    if (!same) {
      Reach reach = component ? Reach::kDeep : Reach::kDirect;
      changed.push_back({state.file->module, summary.name, reach});
    }
    state.summaries.push_back(summary);
  }
  std::unordered_set<FileId> dirty = program.dirty;
  for (const auto& [module, name, reach] : changed) MarkMentions(program, *module, name, reach);
  for (FileId id : pieces) {
    if (!dirty.contains(id)) program.dirty.erase(id);  // they have seen it
  }
}

}  // namespace

bool Settle(Program& program, const ProgramFile* first) {
  if (program.imports_changed) RefreshModules(program);
  if (program.dirty.empty()) return false;
  Pieces pieces = Choose(program, first);
  AddGivers(program, pieces);
  CheckNotes notes;
  notes.wants_summaries = true;
  auto slice = CheckSlice(program, pieces, notes);
  if (NeedsWhole(program, pieces, *slice)) {
    slice = CheckWhole(program, pieces, std::move(slice), notes);
  }
  TakeNamed(program, *slice);
  TakeFound(program, pieces, *slice);
  TakeSummaries(program, pieces, *slice);
  return true;
}

std::vector<const Diagnostic*> FoundIn(const Program& program, const ProgramFile& file) {
  struct At {
    uint32_t begin;
    const Diagnostic* diagnostic;
  };
  std::vector<At> all;
  if (file.module->part == Part::kNot) return {};
  for (const Diagnostic& d : file.unreadable) all.push_back({0, &d});
  for (const Diagnostic& d : file.found) all.push_back({d.span.begin, &d});
  for (const Piece& piece : file.pieces.pieces) {
    for (const Diagnostic& d : piece.found) all.push_back({piece.begin + d.span.begin, &d});
    const PieceState* state = program.StateOf(piece.file);
    if (!state) continue;
    for (const Diagnostic& d : state->found) all.push_back({piece.begin + d.span.begin, &d});
    for (const Diagnostic& d : state->evaluated) all.push_back({piece.begin + d.span.begin, &d});
  }
  std::ranges::stable_sort(all, {}, &At::begin);
  std::vector<const Diagnostic*> found;
  found.reserve(all.size());
  for (const At& at : all) found.push_back(at.diagnostic);
  return found;
}

}  // namespace opsc::lsp
