// What stands at the cursor: its type, its documentation, its value, and where that comes from.
#include <fmt/format.h>

#include "compiler/lsp/features.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

// A value that is known without running anything.
std::string ConstantText(const Model& model, ExprId id, int depth = 0) {
  constexpr int kMost = 8;
  if (IsNone(id) || depth > kMost) return "";
  const ExprNode& node = model.exprs[id].node;
  if (const auto* constant = std::get_if<ConstExpr>(&node)) {
    return constant->value.is(ValueKind::kString) ? Quote(constant->value.AsString())
                                                  : ToText(constant->value);
  }
  if (const auto* ensure = std::get_if<EnsureExpr>(&node)) {
    return ConstantText(model, ensure->value, depth + 1);
  }
  const auto* ref = std::get_if<ItemExpr>(&node);
  if (!ref) return "";
  const ItemNode& item = model.items[ref->item].node;
  if (const auto* let = std::get_if<LetItem>(&item)) {
    return ConstantText(model, let->value, depth + 1);
  }
  const auto* param = std::get_if<ParamItem>(&item);
  if (!param || !param->default_value) return "";
  std::string text = ConstantText(model, *param->default_value, depth + 1);
  return text.empty() ? "" : text + " (the default)";
}

// Of the let or param that a name stands for, or is.
std::string ValueOf(const Slice& slice, Span target) {
  for (const Item& item : slice.model.items) {
    bool inside = item.span.file == target.file && item.span.begin <= target.begin &&
                  target.end <= item.span.end;
    if (!inside) continue;
    if (const auto* let = std::get_if<LetItem>(&item.node)) {
      return ConstantText(slice.model, let->value);
    }
    const auto* param = std::get_if<ParamItem>(&item.node);
    if (param && param->default_value) {
      std::string text = ConstantText(slice.model, *param->default_value);
      return text.empty() ? "" : text + " (the default)";
    }
  }
  return "";
}

// "shop.ops:12", where another file or line says what the name is.
std::string OriginOf(const Workspace& w, const Program& program, Span target) {
  auto place = program.Locate(target.file, target.begin);
  if (!place) return "";
  Range range = RangeOf(w, program, *place->file, place->offset, place->offset);
  return fmt::format("{}:{}", place->file->path, range.start.line + 1);
}

// Does an out wait for apply? Then so does what reads it.
bool IsPending(const Slice& slice, Span use) {
  for (const Expr& expr : slice.model.exprs) {
    const auto* member = std::get_if<MemberExpr>(&expr.node);
    bool it = member && expr.span.file == use.file && expr.span.end == use.end;
    if (!it) continue;
    const auto* instance =
        slice.model.types.As<InstanceType>(slice.model.exprs[member->object].type);
    if (!instance) continue;
    for (const RecordField& out : slice.model.types.nominal[instance->nominal].outs) {
      if (out.name == member->name) return true;
    }
    for (const RecordField& out : instance->outs) {
      bool file = slice.model.types.Is(out.type, Prim::kFile);
      if (out.name == member->name && file) return true;
    }
  }
  return false;
}

std::string DescribeName(const Workspace& w, const Program& program, const NameAt& name) {
  std::string text = Describe(program, name.target);
  std::string type = TypeAt(*name.slice, name.use);
  bool declares_type = name.of == UseOf::kType || name.of == UseOf::kModule;
  if (text.empty() && type.empty()) return "";
  if (text.empty()) {
    text = CodeBlock(fmt::format("{}: {}", program.store.sources().Text(name.use), type));
  } else if (!type.empty() && !declares_type && name.of != UseOf::kFunction) {
    text += fmt::format("\n\ntype `{}`", type);
  }
  std::string value = ValueOf(*name.slice, name.target);
  if (!value.empty()) text += fmt::format("\n\nvalue `{}`", value);
  if (IsPending(*name.slice, name.use)) text += "\n\npending: known only after apply";
  bool elsewhere = name.target.valid() && !(name.target == name.use);
  std::string origin = elsewhere ? OriginOf(w, program, name.target) : "";
  if (!origin.empty()) text += fmt::format("\n\nfrom {}", origin);
  return text;
}

Json HoverJson(const Workspace& w, const Program& program, Span span, const std::string& text) {
  Json hover = {{"contents", Markdown(text)}};
  if (auto where = WhereIs(w, program, span)) hover["range"] = ToJson(where->range);
  return hover;
}

}  // namespace

Json Hover(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  if (!spot || !spot->piece) return nullptr;
  const Program& program = *spot->program;
  if (auto name = FindName(w, *spot)) {
    std::string text = DescribeName(w, program, *name);
    if (text.empty()) return nullptr;
    return HoverJson(w, program, name->use, text);
  }
  auto slice = LookAt(w, *spot->program, *spot->piece);
  ExprId expr = ExprAt(*slice, spot->piece->file, spot->in_piece());
  if (IsNone(expr)) return nullptr;
  const Expr& at = slice->model.exprs[expr];
  bool plain = IsNone(at.type) || slice->model.types.Is(at.type, Prim::kError) ||
               std::holds_alternative<RecordExpr>(at.node);
  if (plain) return nullptr;
  return HoverJson(w, program, at.span, CodeBlock(slice->model.types.Print(at.type, 400)));
}

}  // namespace opsc::lsp
