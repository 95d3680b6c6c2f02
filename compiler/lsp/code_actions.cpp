// Quick fixes: what diagnostics know to mend, and missing fields.
#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/literal_text.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

bool Wanted(const Json& params, std::string_view kind) {
  Json only = At(params, {"context", "only"}, Json());
  if (!only.is_array()) return true;
  for (const Json& want : only) {
    if (want.is_string() && kind.starts_with(want.get_ref<const std::string&>())) return true;
  }
  return false;
}

Json Action(std::string_view title, const Json& diagnostic, const std::string& uri, Json edit) {
  return {{"title", title},
          {"kind", "quickfix"},
          {"isPreferred", true},
          {"diagnostics", Json::array({diagnostic})},
          {"edit", {{"changes", {{uri, Json::array({std::move(edit)})}}}}}};
}

void AddFixes(const Json& diagnostic, Json& actions) {
  for (const Json& fix : At(diagnostic, {"data", "fixes"}, Json::array())) {
    actions.push_back(Action(fix.at("title").get<std::string>(), diagnostic,
                             fix.at("uri").get<std::string>(), fix.at("edit")));
  }
}

// The braces of the instance or record whose fields are missing, and where its last field ends.
struct Body {
  uint32_t close = 0;  // of `}`
  uint32_t last = 0;   // behind the last field, or the `{`
  bool is_empty = true;
};

std::optional<Body> BodyAt(const ast::File& tree, std::string_view text, Span span) {
  for (const ast::Decl& decl : tree.decls) {
    const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node);
    if (!instance || instance->name.span.begin != span.begin) continue;
    Body body{decl.span.end - 1, 0, instance->members.empty()};
    if (!body.is_empty) body.last = tree.exprs[instance->members.back().value].span.end;
    if (body.close >= text.size() || text[body.close] != '}') return std::nullopt;
    if (body.is_empty) body.last = static_cast<uint32_t>(text.rfind('{', body.close)) + 1;
    return body;
  }
  for (const ast::Expr& expr : tree.exprs) {
    const auto* record = std::get_if<ast::RecordLit>(&expr.node);
    if (!record || !(expr.span == span)) continue;
    Body body{span.end - 1, span.begin + 1, record->entries.empty()};
    if (!body.is_empty) body.last = tree.exprs[record->entries.back().value].span.end;
    return body;
  }
  return std::nullopt;
}

std::string IndentAt(std::string_view text, uint32_t offset) {
  size_t line = text.rfind('\n', offset == 0 ? 0 : offset - 1);
  size_t begin = line == text.npos ? 0 : line + 1;
  size_t end = text.find_first_not_of(" \t", begin);
  return std::string(text.substr(begin, std::min<size_t>(end, offset) - begin));
}

// What the check would offer in the body: its missing fields with their types.
std::vector<RecordField> MissingIn(Program& program, const Piece& piece, const Body& body,
                                   std::shared_ptr<Slice>& slice) {
  std::string text = program.store.sources()[piece.file].text;
  text.insert(body.last, fmt::format("{}\n{}: null ", body.is_empty ? "" : ",", kHoleName));
  slice = CheckHole(program, piece, std::move(text));
  std::vector<RecordField> missing;
  if (!slice || !slice->notes.found) return missing;
  for (const RecordField& field : slice->notes.found->fields) {
    if (field.required && IsOwnField(*slice, field)) missing.push_back(field);
  }
  return missing;
}

void AddMissingFields(Workspace& w, const Home& home, const Json& diagnostic, Json& actions) {
  if (At(diagnostic, {"code"}, std::string()) != CodeOf(Diag::kMissingField)) return;
  Range range = RangeFrom(diagnostic.at("range"));
  std::string_view text = home.program->TextOf(*home.file);
  uint32_t offset = home.file->lines.Offset(text, range.start, w.encoding);
  uint32_t end = home.file->lines.Offset(text, range.end, w.encoding);
  const Piece* piece = home.program->PieceAt(*home.file, offset + 1);
  if (!piece || offset < piece->begin) return;
  Span span{piece->file, offset - piece->begin, end - piece->begin};
  std::string_view own = home.program->store.sources()[piece->file].text;
  auto body = BodyAt(home.program->TreeOf(*piece), own, span);
  if (!body) return;
  std::shared_ptr<Slice> slice;
  std::vector<RecordField> missing = MissingIn(*home.program, *piece, *body, slice);
  if (missing.empty()) return;
  std::string indent = IndentAt(own, body->close);
  std::string added;
  for (const RecordField& field : missing) {
    added += fmt::format("\n{}  {}: {}", indent, field.name.text(),
                         PlainLiteral(slice->model, field.type));
  }
  if (own.substr(body->last, body->close - body->last).find('\n') == own.npos) {
    added += "\n" + indent;
  }
  Range at =
      RangeOf(w, *home.program, *home.file, piece->begin + body->last, piece->begin + body->last);
  actions.push_back(Action("add the missing fields", diagnostic,
                           UriOf(w, *home.program, *home.file), TextEditJson(at, added)));
}

}  // namespace

Json CodeActions(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home) return nullptr;
  Json actions = Json::array();
  if (!Wanted(params, "quickfix")) return actions;
  for (const Json& diagnostic : params.at("context").at("diagnostics")) {
    AddFixes(diagnostic, actions);
    AddMissingFields(w, *home, diagnostic, actions);
  }
  return actions;
}

}  // namespace opsc::lsp
