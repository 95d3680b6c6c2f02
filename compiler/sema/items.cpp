#include "compiler/sema/items.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/type_expr.h"

namespace opsc::sema {
namespace {

Symbol NameOf(const ItemNode& node) {
  return Match(
      node, [](const LetItem& i) { return i.name; }, [](const ParamItem& i) { return i.name; },
      [](const LoopVarItem& i) { return i.name; }, [](const OutItem& i) { return i.name; },
      [](const InstanceItem& i) { return i.name; }, [](const auto&) { return Symbol("for"); });
}

// The items whose types are being found since `back_to`, the first in the source first.
std::vector<ItemId> CycleTo(const Context& c, ItemId back_to) {
  std::vector<ItemId> cycle(std::ranges::find(c.inferring, back_to), c.inferring.end());
  std::ranges::rotate(cycle, std::ranges::min_element(cycle));
  return cycle;
}

// a → b → a
void ReportCycle(Context& c, ItemId back_to) {
  std::vector<ItemId> cycle = CycleTo(c, back_to);
  std::string chain;
  for (ItemId item : cycle) {
    chain += NameOf(c.model->items[item].node).str() + " → ";
    c.items[item].in_cycle = true;
  }
  Symbol name = NameOf(c.model->items[cycle[0]].node);
  Diagnostic& d = c.diags->Add(Diag::kValueCycle, c.model->items[cycle[0]].span,
                               {fmt::format("`{}`", name.text()), chain + name.str()});
  for (size_t i = 1; i < cycle.size(); ++i) {
    d.related.push_back({c.model->items[cycle[i]].span, "by way of this"});
  }
}

Env PlaceOf(Context& c, ItemId id) {
  return PlaceAt(c, *c.items[id].decl.file, c.model->items[id].scope);
}

TypeId Declared(Context& c, ItemId id, const std::optional<ast::TypeExprId>& type) {
  if (!type) return kNone<TypeId>;
  return ResolveType(c, {c.items[id].decl.file, c.model->items[id].scope}, *type);
}

void CheckLet(Context& c, ItemId id, const ast::LetDecl& decl) {
  TypeId declared = decl.type ? TypeOfItem(c, id) : kNone<TypeId>;
  Checked checked = CheckInFrame(c, PlaceOf(c, id), decl.value, declared);
  auto& node = std::get<LetItem>(c.model->items[id].node);
  node.value = checked.expr;
  node.frame_size = checked.frame_size;
}

void CheckOut(Context& c, ItemId id, const ast::OutDecl& decl) {
  TypeId declared = decl.type ? TypeOfItem(c, id) : kNone<TypeId>;
  Checked checked = CheckInFrame(c, PlaceOf(c, id), decl.value, declared);
  auto& node = std::get<OutItem>(c.model->items[id].node);
  node.value = checked.expr;
  node.frame_size = checked.frame_size;
  node.type = IsNone(declared) ? TypeOf(c, checked.expr) : declared;
}

void CheckParam(Context& c, ItemId id, const ast::ParamDecl& decl) {
  TypeId type = TypeOfItem(c, id);
  if (!decl.default_value) return;
  Checked checked = CheckInFrame(c, PlaceOf(c, id), *decl.default_value, type);
  auto& node = std::get<ParamItem>(c.model->items[id].node);
  node.default_value = checked.expr;
  node.frame_size = checked.frame_size;
}

void SetType(Context& c, ItemId id, TypeId type) {
  c.items[id].type = type;
  c.items[id].type_progress = Progress::kDone;
}

void CheckFor(Context& c, ItemId id, const ast::ForDecl& decl) {
  Checked checked = CheckInFrame(c, PlaceOf(c, id), decl.over, kNone<TypeId>);
  TypeId over = TypeOf(c, checked.expr);
  if (Strip(c, over).secret)
    ReportLeak(c, SpanOf(c, checked.expr), over, "what instances there are");
  LoopTypes types = TypesOfLoop(c, decl.binder, checked.expr);
  auto& node = std::get<ForItem>(c.model->items[id].node);
  node.over = checked.expr;
  node.frame_size = checked.frame_size;
  SetType(c, node.first, types.first);
  if (node.second) SetType(c, *node.second, types.second);
}

void CheckIfItem(Context& c, ItemId id, const ast::IfDecl& decl) {
  Checked checked = CheckInFrame(c, PlaceOf(c, id), decl.condition, c.prim(Prim::kBool));
  auto& node = std::get<IfItem>(c.model->items[id].node);
  node.condition = checked.expr;
  node.frame_size = checked.frame_size;
}

void CheckAssert(Context& c, ItemId id, const ast::AssertDecl& decl) {
  Frame frame;
  Env env = PlaceOf(c, id);
  env.frame = &frame;
  ExprId condition = CheckExpr(c, env, decl.condition, c.prim(Prim::kBool));
  ExprId message = CheckExpr(c, env, decl.message, c.prim(Prim::kString));
  c.model->items[id].node = AssertItem{condition, message, frame.size};
}

void CheckBody(Context& c, ItemId id) {
  const ast::DeclNode& node = c.items[id].decl.decl().node;
  Match(
      c.model->items[id].node,
      [&](const LetItem&) { CheckLet(c, id, std::get<ast::LetDecl>(node)); },
      [&](const ParamItem&) { CheckParam(c, id, std::get<ast::ParamDecl>(node)); },
      [&](const OutItem&) { CheckOut(c, id, std::get<ast::OutDecl>(node)); },
      [&](const InstanceItem&) { CheckInstance(c, id); },
      [&](const ForItem&) { CheckFor(c, id, std::get<ast::ForDecl>(node)); },
      [&](const IfItem&) { CheckIfItem(c, id, std::get<ast::IfDecl>(node)); },
      [&](const AssertItem&) { CheckAssert(c, id, std::get<ast::AssertDecl>(node)); },
      [](const LoopVarItem&) {});
}

// Is the type of this let or out that of its value?
bool IsInferred(const Context& c, ItemId id) {
  const ast::DeclNode& decl = c.items[id].decl.decl().node;
  if (const auto* let = std::get_if<ast::LetDecl>(&decl)) return !let->type;
  if (const auto* out = std::get_if<ast::OutDecl>(&decl)) return !out->type;
  return false;
}

void CheckOnce(Context& c, ItemId id) {
  if (c.items[id].body_progress != Progress::kUntouched) return;
  c.items[id].body_progress = Progress::kRunning;
  CheckBody(c, id);
  c.items[id].body_progress = Progress::kDone;
}

TypeId InferredType(Context& c, ItemId id) {
  CheckOnce(c, id);
  const ItemNode& node = c.model->items[id].node;
  ExprId value = kNone<ExprId>;
  if (const auto* let = std::get_if<LetItem>(&node)) value = let->value;
  if (const auto* out = std::get_if<OutItem>(&node)) value = out->value;
  return IsNone(value) ? c.prim(Prim::kError) : TypeOf(c, value);
}

TypeId TypeOfInstanceRef(Context& c, ItemId id) {
  const auto& decl = c.items[id].decl.As<ast::InstanceDecl>();
  std::vector<RecordField> outs = OutsOfInstance(c, id);
  const auto& node = std::get<InstanceItem>(c.model->items[id].node);
  if (IsNone(node.type)) return c.prim(Prim::kError);
  TypeId type = c.types().Intern(InstanceType{node.type, std::move(outs)});
  return decl.key ? c.types().Intern(MapType{type}) : type;
}

TypeId FindType(Context& c, ItemId id) {
  const ast::DeclNode& decl = c.items[id].decl.decl().node;
  return Match(
      c.model->items[id].node,
      [&](const ParamItem&) { return Declared(c, id, std::get<ast::ParamDecl>(decl).type); },
      [&](const LetItem&) {
        TypeId type = Declared(c, id, std::get<ast::LetDecl>(decl).type);
        return IsNone(type) ? InferredType(c, id) : type;
      },
      [&](const OutItem&) {
        TypeId type = Declared(c, id, std::get<ast::OutDecl>(decl).type);
        return IsNone(type) ? InferredType(c, id) : type;
      },
      [&](const LoopVarItem&) {
        CheckItem(c, c.names[c.model->items[id].scope].loop);
        TypeId type = c.items[id].type;  // set by the `for`, unless its list needs the variable
        return IsNone(type) ? c.prim(Prim::kError) : type;
      },
      [&](const InstanceItem&) { return TypeOfInstanceRef(c, id); },
      [&](const auto&) { return c.prim(Prim::kError); });
}

}  // namespace

TypeId TypeOfItem(Context& c, ItemId id) {
  switch (c.items[id].type_progress) {
    case Progress::kDone:
      return c.items[id].type;
    case Progress::kRunning:
      ReportCycle(c, id);
      return c.prim(Prim::kError);
    case Progress::kUntouched:
      break;
  }
  c.items[id].type_progress = Progress::kRunning;
  c.inferring.push_back(id);
  TypeId type = FindType(c, id);
  c.inferring.pop_back();
  SetType(c, id, type);
  if (auto* param = std::get_if<ParamItem>(&c.model->items[id].node)) param->type = type;
  if (auto* out = std::get_if<OutItem>(&c.model->items[id].node)) out->type = type;
  return type;
}

void CheckItem(Context& c, ItemId id) {
  if (IsInferred(c, id)) {
    TypeOfItem(c, id);  // through the type, so that a cycle is seen where it begins
  } else {
    CheckOnce(c, id);
  }
}

}  // namespace opsc::sema
