#include "compiler/lsp/evaluated.h"

#include <algorithm>

namespace opsc::lsp {
namespace {

// By parsing and checking it.
bool HasErrors(const Program& program, const ProgramFile& file) {
  auto is_error = [](const Diagnostic& d) { return d.severity == Severity::kError; };
  if (file.module->part == Part::kNot) return false;
  if (!file.unreadable.empty() || std::ranges::any_of(file.found, is_error)) return true;
  return std::ranges::any_of(file.pieces.pieces, [&](const Piece& piece) {
    const PieceState* state = program.StateOf(piece.file);
    return std::ranges::any_of(piece.found, is_error) ||
           (state && std::ranges::any_of(state->found, is_error));
  });
}

std::optional<Diag> DiagOf(std::string_view code) {
  for (const DiagInfo& info : Catalogue()) {
    if (CodeOf(info.id) == code) return info.id;
  }
  return std::nullopt;
}

// The span of a piece that a printed file and range mean; nullopt: in none.
std::optional<Span> SpanOf(const Program& program, const Json& json) {
  const ProgramFile* file =
      program.FileAt(JoinPath(program.root, At(json, {"file"}, std::string())));
  if (!file || !file->in_pieces) return std::nullopt;
  auto offset = [&](const char* end) {
    uint32_t line = At(json, {"range", end, "line"}, 0u);
    uint32_t column = At(json, {"range", end, "column"}, 0u);
    bool there = line > 0 && line <= file->lines.count() && column > 0;
    return there ? std::optional(file->lines.Begin(line - 1) + column - 1) : std::nullopt;
  };
  auto begin = offset("start");
  auto end = offset("end");
  if (!begin || !end) return std::nullopt;
  for (const Piece& piece : file->pieces.pieces) {
    if (*begin < piece.begin || *begin >= piece.end || *end > piece.end) continue;
    return Span{piece.file, *begin - piece.begin, *end - piece.begin};
  }
  return std::nullopt;
}

std::optional<Diagnostic> DiagnosticOf(const Program& program, const Json& json) {
  auto id = DiagOf(At(json, {"code"}, std::string()));
  auto span = SpanOf(program, json);
  if (!id || !span || *id == Diag::kMissingParam) return std::nullopt;
  Diagnostic d{*id, InfoOf(*id).severity, *span, At(json, {"message"}, std::string()), {}, {}, {}};
  d.hint = At(json, {"hint"}, std::string());
  for (const Json& other : At(json, {"related"}, Json::array())) {
    auto where = SpanOf(program, other);
    if (where) d.related.push_back({*where, At(other, {"message"}, std::string())});
  }
  return d;
}

bool IsKnown(const PieceState& state, const Diagnostic& d) {
  return std::ranges::any_of(state.found, [&](const Diagnostic& other) {
    return other.id == d.id && other.span == d.span;
  });
}

void ForgetEvaluated(Program& program) {
  for (const auto& state : program.pieces) {
    if (!state || state->evaluated.empty()) continue;
    state->evaluated.clear();
    program.changed.insert(state->file);
  }
}

}  // namespace

bool CanBeEvaluated(const Workspace& w, const Program& program) {
  for (const auto& [path, module] : program.modules) {
    for (const auto& file : module.files) {
      if (HasErrors(program, *file)) return false;
    }
  }
  return std::ranges::all_of(w.documents, [&](const auto& entry) {
    if (!program.FileAt(entry.first)) return true;
    auto saved = w.host->env->ReadFile(entry.first);
    return saved && *saved == entry.second.text;
  });
}

void TakeEvaluated(Program& program, std::string_view printed) {
  ForgetEvaluated(program);
  while (!printed.empty()) {
    size_t end = std::min(printed.find('\n'), printed.size());
    Json json = Json::parse(printed.substr(0, end), nullptr, false);
    printed.remove_prefix(std::min(end + 1, printed.size()));
    auto diagnostic = json.is_object() ? DiagnosticOf(program, json) : std::nullopt;
    PieceState* state = diagnostic ? program.StateOf(diagnostic->span.file) : nullptr;
    if (!state || IsKnown(*state, *diagnostic)) continue;
    state->evaluated.push_back(*std::move(diagnostic));
    program.changed.insert(state->file);
  }
}

}  // namespace opsc::lsp
