// What the source does not say: inferred types, defaults that count, what is pending.
#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

// The hints of one piece.
struct Hints {
  Workspace& w;
  const Home& home;
  const Piece& piece;
  const Slice& slice;
  Json& all;

  void Add(uint32_t offset, const std::string& label, int kind, const std::string& tooltip) {
    Range at = RangeOf(w, *home.program, *home.file, piece.begin + offset, piece.begin + offset);
    Json hint = {{"position", ToJson(at.start)}, {"label", label}, {"paddingLeft", kind == 0}};
    if (kind != 0) hint["kind"] = kind;
    if (!tooltip.empty()) hint["tooltip"] = tooltip;
    all.push_back(std::move(hint));
  }

  // `let x: int = …` where the type is not written.
  void Type(const Item& item) {
    const auto* let = std::get_if<LetItem>(&item.node);
    if (!let || IsNone(let->value)) return;
    for (const ast::Decl& decl : home.program->TreeOf(piece).decls) {
      const auto* written = std::get_if<ast::LetDecl>(&decl.node);
      if (!written || written->type || !(decl.span == item.span)) continue;
      TypeId type = slice.model.exprs[let->value].type;
      if (slice.model.types.Is(type, Prim::kError)) return;
      constexpr size_t kShort = 60;
      Add(written->name.span.end, ": " + slice.model.types.Print(type, kShort), 1,
          slice.model.types.Print(type, 2000));
    }
  }

  std::string DefaultText(ExprId id) const {
    Span span = slice.model.exprs[id].span;
    bool stored =
        span.valid() && static_cast<size_t>(span.file) < home.program->store.sources().size();
    if (!stored) return "";
    const std::string& text = home.program->store.sources()[span.file].text;
    constexpr uint32_t kMost = 24;
    bool shown = span.end <= text.size() && span.end > span.begin && span.end - span.begin <= kMost;
    return shown ? text.substr(span.begin, span.end - span.begin) : "";
  }

  // Behind the head of an instance: the defaults that it takes.
  void Defaults(const Item& item) {
    const auto* instance = std::get_if<InstanceItem>(&item.node);
    if (!instance || item.span.file != piece.file) return;
    std::string text;
    std::string rest;
    int shown = 0;
    for (const InstanceField& field : instance->fields) {
      if (!field.is_default) continue;
      std::string value = DefaultText(field.value);
      bool quiet =
          value.empty() || value == "null" || value == "[]" || value == "{}" || value == "\"\"";
      if (quiet) continue;
      std::string entry = fmt::format("{}: {}", field.name.text(), value);
      rest += (rest.empty() ? "" : "\n") + entry;
      if (++shown <= 3) text += (text.empty() ? "" : ", ") + entry;
    }
    if (shown == 0) return;
    for (const ast::Decl& decl : home.program->TreeOf(piece).decls) {
      const auto* written = std::get_if<ast::InstanceDecl>(&decl.node);
      if (!written || !(decl.span == item.span)) continue;
      std::string_view source = home.program->store.sources()[piece.file].text;
      size_t brace = source.find('{', written->name.span.end);
      if (brace == source.npos) return;
      Add(static_cast<uint32_t>(brace) + 1, shown > 3 ? text + ", …" : text, 0, rest);
    }
  }

  // Behind what reads an out that only apply knows.
  void Pending(const Expr& expr) {
    const auto* member = std::get_if<MemberExpr>(&expr.node);
    if (!member || expr.span.file != piece.file) return;
    const auto* instance =
        slice.model.types.As<InstanceType>(slice.model.exprs[member->object].type);
    if (!instance) return;
    bool pending = false;
    for (const RecordField& out : slice.model.types.nominal[instance->nominal].outs) {
      pending = pending || out.name == member->name;
    }
    for (const RecordField& out : instance->outs) {
      pending =
          pending || (out.name == member->name && slice.model.types.Is(out.type, Prim::kFile));
    }
    if (pending) Add(expr.span.end, "after apply", 0, "known only after apply");
  }
};

}  // namespace

Json InlayHints(Workspace& w, const Json& params) {
  auto home = FileOf(w, params);
  if (!home || !home->file->in_pieces || home->file->absolute.empty()) return nullptr;
  Range range = RangeFrom(params.at("range"));
  std::string_view text = home->program->TextOf(*home->file);
  uint32_t begin = home->file->lines.Offset(text, range.start, w.encoding);
  uint32_t end = home->file->lines.Offset(text, range.end, w.encoding);
  Json all = Json::array();
  std::unordered_set<FileId> pieces;
  for (const Piece& piece : home->file->pieces.pieces) {
    if (piece.end >= begin && piece.begin <= end) pieces.insert(piece.file);
  }
  if (pieces.empty()) return all;
  auto slice = CheckSlice(*home->program, pieces, {});
  for (const Piece& piece : home->file->pieces.pieces) {
    if (!pieces.contains(piece.file)) continue;
    Hints hints{w, *home, piece, *slice, all};
    for (const Item& item : slice->model.items) {
      if (item.span.file != piece.file) continue;
      if (w.settings.inlay_types) hints.Type(item);
      if (w.settings.inlay_defaults) hints.Defaults(item);
    }
    if (!w.settings.inlay_pending) continue;
    for (const Expr& expr : slice->model.exprs) hints.Pending(expr);
  }
  return all;
}

}  // namespace opsc::lsp
