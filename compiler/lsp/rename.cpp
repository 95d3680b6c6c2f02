// Renaming: all places of a name, and a `moved` where the state knows the old address.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

bool IsIdentifier(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Can it be renamed? Not what the stdlib declares, nor a module.
bool IsOurs(const Program& program, const NameAt& name) {
  if (name.of == UseOf::kModule || !name.target.valid()) return false;
  const PieceState* state = program.StateOf(name.target.file);
  return state && !state->file->absolute.empty() &&
         program.store.sources().Text(name.target) == program.store.sources().Text(name.use);
}

// Is the instance one of the root module itself, so that its address is its name?
bool IsAddressed(const Program& program, Span target) {
  const PieceState* state = program.StateOf(target.file);
  if (!state || !state->file->module->path.empty()) return false;
  auto declaration = DeclarationAt(program, target);
  if (!declaration || !std::holds_alternative<ast::InstanceDecl>(declaration->decl().node)) {
    return false;
  }
  return std::ranges::any_of(state->index.names, [&](const auto& n) { return n.span == target; });
}

// `opsc apply` must know that it is the same thing. Tests, policies and the like have no state, and
// a `moved` of what was never applied is harmless.
void AddMoved(const Workspace& w, const Program& program, Span target, std::string_view from,
              std::string_view to, std::map<std::string, Json>& edits) {
  const PieceState& state = *program.StateOf(target.file);
  uint32_t end = state.piece->end;
  Range range = RangeOf(w, program, *state.file, end, end);
  std::string moved = fmt::format("\n\nmoved {} to {}", from, to);
  edits[UriOf(w, program, *state.file)].push_back(TextEditJson(range, moved));
}

}  // namespace

Json PrepareRename(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  auto name = spot ? FindName(w, *spot) : std::nullopt;
  if (!name || !IsOurs(*spot->program, *name)) return nullptr;
  auto where = WhereIs(w, *spot->program, name->use);
  if (!where) return nullptr;
  return {{"range", ToJson(where->range)},
          {"placeholder", spot->program->store.sources().Text(name->use)}};
}

Result<Json> Rename(Workspace& w, const Json& params) {
  auto to = params.at("newName").get<std::string>();
  auto spot = SpotOf(w, params);
  auto name = spot ? FindName(w, *spot) : std::nullopt;
  if (!name) return Fail(ErrorKind::kInput, "there is no name here");
  Program& program = *spot->program;
  if (!IsOurs(program, *name))
    return Fail(ErrorKind::kInput, "only what this workspace declares can be renamed");
  if (!IsIdentifier(to)) return Fail(ErrorKind::kInput, fmt::format("`{}` is no name", to));
  std::string from(program.store.sources().Text(name->use));
  std::map<std::string, Json> edits;
  for (Span span : UsesOf(program, name->target, from)) {
    auto where = WhereIs(w, program, span);
    if (where) edits[where->uri].push_back(TextEditJson(where->range, to));
  }
  if (from != to && IsAddressed(program, name->target)) {
    AddMoved(w, program, name->target, from, to, edits);
  }
  return Json{{"changes", edits}};
}

}  // namespace opsc::lsp
