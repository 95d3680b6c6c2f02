// What one piece does not tell: the checks of all, and what is a part of the program at all.
#include <algorithm>
#include <utility>

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

// Whether it finds something, or makes instances: which count only while it is named.
bool Matters(const Program& program, const ProgramModule& module) {
  return std::ranges::any_of(module.files, [&](const auto& file) {
    if (!file->unreadable.empty()) return true;
    return std::ranges::any_of(file->pieces.pieces, [&](const Piece& piece) {
      const PieceState* state = program.StateOf(piece.file);
      return !piece.found.empty() || !state->found.empty() || !state->index.heads.empty();
    });
  });
}

bool IsNamedAndMatters(const Program& program, const ProgramModule& module) {
  return module.part == Part::kNamed && Matters(program, module);
}

void SetPart(Program& program, ProgramModule& module, Part part) {
  if (std::exchange(module.part, part) == part) return;
  for (const auto& file : module.files) {
    for (const Piece& piece : file->pieces.pieces) program.dirty.erase(piece.file);
    program.changed.insert(file.get());
  }
  if (part == Part::kNamed) MarkModule(program, module);
}

}  // namespace

std::unordered_set<FileId> AllPieces(const Program& program) {
  Pieces all;
  for (size_t i = 0; i < program.pieces.size(); ++i) {
    const auto& state = program.pieces[i];
    bool counts =
        state && !state->file->absolute.empty() && state->file->module->part != Part::kNot;
    if (counts) all.insert(static_cast<FileId>(i));
  }
  return all;
}

bool NeedsWhole(const Program& program, const std::unordered_set<FileId>& pieces,
                const Slice& slice) {
  auto needs = [](const Diagnostic& d) { return NeedsWhole(d); };
  return FindsOnDemand(program, slice) || std::ranges::any_of(slice.diagnostics.all(), needs) ||
         std::ranges::any_of(
             pieces,
             [&](FileId id) { return std::ranges::any_of(program.StateOf(id)->found, needs); }) ||
         std::ranges::any_of(program.modules, [&](const auto& entry) {
           return IsNamedAndMatters(program, entry.second);
         });
}

std::unique_ptr<Slice> CheckWhole(Program& program, std::unordered_set<FileId>& pieces,
                                  std::unique_ptr<Slice> slice, const CheckNotes& notes) {
  bool forgotten = false;
  for (auto& [path, module] : program.modules) {
    if (module.part != Part::kNamed) continue;
    SetPart(program, module, Part::kNot);
    forgotten = true;
  }
  for (bool again = forgotten;; again = true) {
    Pieces all = AllPieces(program);
    if (again || all.size() != pieces.size()) slice = CheckSlice(program, all, notes);
    pieces = std::move(all);
    if (!TakeNamed(program, *slice)) break;
  }
  TakeFoundOnDemand(program, *slice);
  return slice;
}

bool TakeNamed(Program& program, const Slice& slice) {
  bool any = false;
  for (auto& [path, module] : program.modules) {
    if (module.part != Part::kNot || !slice.asked.contains(&module)) continue;
    SetPart(program, module, Part::kNamed);
    any = true;
  }
  return any;
}

}  // namespace opsc::lsp
