// `plan | run | test` above what can be planned, run or tested; results stand in the same place.
#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/lens_run.h"

namespace opsc::lsp {
namespace {

// What may be done with an instance of a type of the prelude, by the type's name.
std::vector<std::string_view> ActionsFor(const ast::InstanceDecl& instance) {
  std::string_view type = instance.type.empty() ? "" : instance.type.back().text.text();
  if (type == "test") return {"test"};
  if (type == "task" || type == "action" || type == "pipeline") return {"run"};
  if (type == "environment" || type == "policy" || type == "sync") return {};
  return {"plan"};
}

Json Lens(const Workspace& w, const Program& program, const ProgramFile& file, const Piece& piece,
          Span at, std::string_view action, const std::string& name) {
  auto result = w.lens_results.find(LensKey(program.root, action, name));
  std::string title(action);
  if (result != w.lens_results.end()) title = fmt::format("{}: {}", action, result->second.title);
  Range range = RangeOf(w, program, file, piece.begin + at.begin, piece.begin + at.end);
  Json arguments = Json::array({{{"root", program.root}, {"address", name}}});
  return {{"range", ToJson(range)},
          {"command",
           {{"title", title},
            {"command", fmt::format("opsc.lens.{}", action)},
            {"arguments", std::move(arguments)}}}};
}

}  // namespace

Json CodeLenses(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home || !w.settings.lenses || home->file->absolute.empty()) return nullptr;
  Json lenses = Json::array();
  if (!home->file->module->path.empty()) return lenses;  // addresses are those of the root module
  for (const Piece& piece : home->file->pieces.pieces) {
    const ast::File& tree = home->program->TreeOf(piece);
    for (ast::DeclId id : tree.items) {
      const auto* instance = std::get_if<ast::InstanceDecl>(&tree.decls[id].node);
      if (!instance || instance->type.empty()) continue;
      for (std::string_view action : ActionsFor(*instance)) {
        lenses.push_back(Lens(w, *home->program, *home->file, piece, instance->name.span, action,
                              instance->name.text.str()));
      }
    }
  }
  return lenses;
}

}  // namespace opsc::lsp
