#include "compiler/sema/check.h"

#include "compiler/sema/expr.h"
#include "compiler/sema/items.h"
#include "compiler/sema/noting.h"
#include "compiler/sema/type_expr.h"

namespace opsc {
namespace {

using sema::Context;

// How many of each were checked.
struct Declared {
  uint32_t signatures = 0;
  uint32_t nominals = 0;
};

// Bodies may name what is waiting: then more functions and types come, with bodies of their own.
void CheckDeclared(Context& c, Declared& done) {
  while (done.signatures < c.signatures.size() || done.nominals < c.nominals.size()) {
    while (done.signatures < c.signatures.size()) {
      sema::CheckFunctionBody(c, sema::SignatureId{done.signatures++});
    }
    if (done.nominals == c.nominals.size()) continue;
    NominalId id{done.nominals++};
    sema::CheckNominalDefaults(c, id);
    sema::CheckNominalChecks(c, id);
    for (size_t i = 0; i < c.types().nominal[id].outs.size(); ++i) sema::TypeOfOut(c, id, i);
  }
}

// Does what is checked look into an item that is only declared? Into values that it names, and into
// components that it makes instances of.
bool IsLookedInto(const Context& c, ItemId id) {
  const sema::ItemInfo& info = c.items[id];
  if (!info.beside || info.body_progress != sema::Progress::kUntouched) return false;
  const Item& item = c.model->items[id];
  ScopeId owner = c.names[item.scope].owner;
  bool in_component = c.model->scopes[owner].kind == Scope::Kind::kComponent;
  bool named = info.type_progress == sema::Progress::kDone;
  return Match(
      item.node, [&](const LetItem&) { return named; },
      [&](const ParamItem&) { return named || in_component; },
      [&](const OutItem&) { return named || in_component; }, [](const auto&) { return false; });
}

// An instance that such a component holds: of what, must be known.
bool IsHeld(const Context& c, ItemId id) {
  const Item& item = c.model->items[id];
  const sema::ItemInfo& info = c.items[id];
  bool open = info.beside && info.type_progress == sema::Progress::kUntouched;
  if (!open || !std::holds_alternative<InstanceItem>(item.node)) return false;
  return c.model->scopes[c.names[item.scope].owner].kind == Scope::Kind::kComponent;
}

void CheckLookedInto(Context& c, Declared& done) {
  for (bool more = true; more;) {
    more = false;
    for (uint32_t i = 0; i < c.items.size(); ++i) {
      auto id = ItemId{i};
      bool into = IsLookedInto(c, id);
      bool held = !into && IsHeld(c, id);
      if (into) sema::CheckItem(c, id);
      if (held) sema::TypeOfItem(c, id);
      more = more || into || held;
    }
    CheckDeclared(c, done);
  }
}

void CheckBodies(Context& c) {
  sema::InferLets(c);
  for (uint32_t i = 0; i < c.items.size(); ++i) {
    if (!c.items[ItemId{i}].beside) sema::CheckItem(c, ItemId{i});
  }
  Declared done;
  CheckDeclared(c, done);
  CheckLookedInto(c, done);
  for (const ast::File* file : c.in.root->files) sema::CheckMoves(c, *file);
}

void Reserve(Context& c) {
  size_t exprs = 0;
  size_t decls = 0;
  for (const ParsedModule* module : {c.in.prelude, c.in.root}) {
    if (!module) continue;
    for (const ast::File* file : module->files) {
      exprs += file->exprs.size();
      decls += file->decls.size();
    }
  }
  c.model->exprs.reserve(exprs);
  c.model->items.reserve(decls);
  c.items.reserve(decls);
}

}  // namespace

Model Check(const CheckInputs& inputs, Diagnostics& diagnostics) {
  Model model;
  auto context = std::make_shared<Context>();
  context->in = inputs;
  context->model = &model;
  context->diags = &diagnostics;
  Reserve(*context);
  sema::LoadModules(*context);
  sema::ResolveDeclarations(*context);
  CheckBodies(*context);
  sema::RefuseCycles(*context);
  sema::RefuseRecursiveComponents(*context);
  sema::RefuseUninstantiated(*context);
  sema::RefusePendingShapes(*context);
  sema::RefuseLeakage(*context);
  if (inputs.notes && inputs.notes->wants_summaries) sema::Summarise(*context);
  context->model = nullptr;
  context->diags = nullptr;
  model.checker = std::move(context);
  return model;
}

std::optional<CheckedExpr> CheckExpression(Model& model, const CheckInputs& inputs,
                                           const ast::File& expression, Diagnostics& diagnostics) {
  OPS_CHECK(model.checker, "the model was not made by Check");
  if (expression.exprs.empty()) return std::nullopt;
  Context& c = *std::static_pointer_cast<Context>(model.checker);
  c.in = inputs;
  c.model = &model;
  c.diags = &diagnostics;
  size_t errors = diagnostics.error_count();
  auto last = static_cast<ast::ExprId>(expression.exprs.size() - 1);
  sema::Env place{&expression, c.modules[0].scope, nullptr, nullptr, {}};
  sema::Checked checked = sema::CheckInFrame(c, place, last, kNone<TypeId>);
  c.model = nullptr;
  c.diags = nullptr;
  if (diagnostics.error_count() > errors) return std::nullopt;
  return CheckedExpr{checked.expr, checked.frame_size};
}

}  // namespace opsc
