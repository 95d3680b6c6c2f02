// Where a name is declared, and where else it stands.
#include <algorithm>

#include "compiler/lsp/features.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

Json LocationOf(const Workspace& w, const Program& program, Span span) {
  auto where = WhereIs(w, program, span);
  return where ? LocationJson(where->uri, where->range) : Json();
}

// The first file of the module that the import at `target` names.
Json LocationOfModule(const Workspace& w, const Program& program, Span target) {
  auto declaration = DeclarationAt(program, target);
  const auto* import =
      declaration ? std::get_if<ast::ImportDecl>(&declaration->decl().node) : nullptr;
  const PieceState* state = program.StateOf(target.file);
  if (!import || !state) return LocationOf(w, program, target);
  const ProgramModule* module =
      program.ModuleAt(program.host->import_path(state->file->module->path, *import));
  if (!module) return LocationOf(w, program, target);
  return LocationJson(UriOf(w, program, *module->files[0]), {});
}

std::string NameText(const Program& program, Span span) {
  return std::string(program.store.sources().Text(span));
}

// The declared type behind a type: where its name stands.
Span TypeSpan(const Model& model, TypeId id) {
  const Type& type = model.types[id];
  auto of = [&](NominalId nominal) {
    auto it = model.nominals.find(static_cast<uint32_t>(nominal));
    return it == model.nominals.end() ? Span() : it->second.span;
  };
  return Match(
      type, [&](const NamedType& t) { return of(t.nominal); },
      [&](const InstanceType& t) { return of(t.nominal); },
      [&](const OptionalType& t) { return TypeSpan(model, t.base); },
      [&](const SecretType& t) { return TypeSpan(model, t.base); },
      [&](const ListType& t) { return TypeSpan(model, t.element); },
      [&](const MapType& t) { return TypeSpan(model, t.value); },
      [](const auto&) { return Span(); });
}

struct Uses {
  Program* program = nullptr;
  NameAt name;
  std::string text;
  std::vector<Span> spans;
};

std::optional<Uses> UsesAt(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  auto name = spot ? FindName(w, *spot) : std::nullopt;
  if (!name || !name->target.valid()) return std::nullopt;
  std::string text = NameText(*spot->program, name->use);
  return Uses{spot->program, *name, text, UsesOf(*spot->program, name->target, text)};
}

}  // namespace

Json Definition(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  auto name = spot ? FindName(w, *spot) : std::nullopt;
  if (!name || !name->target.valid()) return nullptr;
  if (name->of == UseOf::kModule) return LocationOfModule(w, *spot->program, name->target);
  return LocationOf(w, *spot->program, name->target);
}

Json TypeDefinition(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  if (!spot || !spot->piece) return nullptr;
  auto slice = LookAt(w, *spot->program, *spot->piece);
  ExprId expr = ExprAt(*slice, spot->piece->file, spot->in_piece());
  if (IsNone(expr) || IsNone(slice->model.exprs[expr].type)) return nullptr;
  return LocationOf(w, *spot->program, TypeSpan(slice->model, slice->model.exprs[expr].type));
}

Json References(Workspace& w, const Json& params) {
  auto uses = UsesAt(w, params);
  if (!uses) return nullptr;
  bool declaration = At(params, {"context", "includeDeclaration"}, true);
  Json locations = Json::array();
  for (Span span : uses->spans) {
    if (!declaration && span == uses->name.target) continue;
    Json location = LocationOf(w, *uses->program, span);
    if (!location.is_null()) locations.push_back(std::move(location));
  }
  return locations;
}

Json Highlights(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  auto name = spot ? FindName(w, *spot) : std::nullopt;
  if (!name || !name->target.valid()) return nullptr;
  Json highlights = Json::array();
  std::string text = NameText(*spot->program, name->use);
  for (Span span : UsesOf(*spot->program, name->target, text)) {
    auto place = spot->program->Locate(span.file, span.begin);
    if (!place || place->file != spot->file) continue;
    Range range = RangeOf(w, *spot->program, *spot->file, place->offset,
                          place->offset + span.end - span.begin);
    highlights.push_back({{"range", ToJson(range)}, {"kind", span == name->target ? 3 : 2}});
  }
  return highlights;
}

}  // namespace opsc::lsp
