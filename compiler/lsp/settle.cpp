// Checks what is dirty until all that was found is what a check from scratch finds.
#include <algorithm>

#include "compiler/lsp/program.h"

namespace opsc::lsp {
namespace {

using Pieces = std::unordered_set<FileId>;

// What only the whole program tells as a check from scratch does.
bool NeedsWhole(const Diagnostic& d) {
  switch (d.id) {
    case Diag::kValueCycle:
    case Diag::kRecursiveFunction:
    case Diag::kRecursiveComponent:
    case Diag::kRecursiveType:
    case Diag::kImportCycle:
    case Diag::kPendingShape:
    case Diag::kTooManyNested:
    case Diag::kLabelInFeature:
      return true;
    default:
      return false;
  }
}

bool Heads(const PieceState& state, Symbol name) {
  return std::ranges::find(state.index.heads, name) != state.index.heads.end();
}

void AddInstancesOf(const Program& program, Symbol name, Pieces& pieces,
                    std::vector<FileId>& added) {
  auto it = program.mentioned.find(name);
  if (it == program.mentioned.end()) return;
  for (FileId id : it->second) {
    const PieceState* state = program.StateOf(id);
    bool is_new =
        state && !state->file->absolute.empty() && Heads(*state, name) && pieces.insert(id).second;
    if (is_new) added.push_back(id);
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

Pieces AllPieces(const Program& program) {
  Pieces all;
  for (size_t i = 0; i < program.pieces.size(); ++i) {
    const auto& state = program.pieces[i];
    if (state && !state->file->absolute.empty()) all.insert(static_cast<FileId>(i));
  }
  return all;
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

// The files of the project that are read on demand.
std::vector<ProgramFile*> OnDemandFiles(const Program& program) {
  std::vector<ProgramFile*> files;
  for (const auto& [path, module] : program.modules) {
    for (const auto& file : module.files) {
      if (!file->in_pieces) files.push_back(file.get());
    }
  }
  return files;
}

// Who names a broken declaration of a file that is read on demand, nobody keeps: all are asked.
bool FindsOnDemand(const Program& program, const Slice& slice) {
  auto in_one = [&](const Diagnostic& d) {
    auto it = program.sources.find(d.span.file);
    return it != program.sources.end() && !it->second->in_pieces && !it->second->absolute.empty();
  };
  return std::ranges::any_of(slice.unread, in_one) ||
         std::ranges::any_of(slice.diagnostics.all(), in_one) ||
         std::ranges::any_of(OnDemandFiles(program),
                             [](const ProgramFile* file) { return !file->found.empty(); });
}

void TakeFoundOnDemand(Program& program, const Slice& slice) {
  for (ProgramFile* file : OnDemandFiles(program)) {
    std::vector<Diagnostic> before = std::exchange(file->found, {});
    for (const auto* found : {&slice.unread, &slice.diagnostics.all()}) {
      for (const Diagnostic& d : *found) {
        if (d.span.file == file->pieces.source) file->found.push_back(d);
      }
    }
    if (!before.empty() || !file->found.empty()) program.changed.insert(file);
  }
}

bool NeedsWhole(const Program& program, const Pieces& pieces, const Slice& slice) {
  if (FindsOnDemand(program, slice)) return true;
  bool now = std::ranges::any_of(slice.diagnostics.all(),
                                 [](const Diagnostic& d) { return NeedsWhole(d); });
  return now || std::ranges::any_of(pieces, [&](FileId id) {
           return std::ranges::any_of(program.StateOf(id)->found,
                                      [](const Diagnostic& d) { return NeedsWhole(d); });
         });
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
  if (program.imports_changed) {
    RefreshModules(program);
    MarkAll(program);
  }
  if (program.dirty.empty()) return false;
  Pieces pieces = Choose(program, first);
  AddGivers(program, pieces);
  CheckNotes notes;
  notes.wants_summaries = true;
  auto slice = CheckSlice(program, pieces, notes);
  if (NeedsWhole(program, pieces, *slice)) {
    Pieces all = AllPieces(program);
    if (all.size() != pieces.size()) slice = CheckSlice(program, all, notes);
    pieces = std::move(all);
    TakeFoundOnDemand(program, *slice);
  }
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
