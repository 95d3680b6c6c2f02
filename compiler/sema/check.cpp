#include "compiler/sema/check.h"

#include "compiler/sema/expr.h"
#include "compiler/sema/items.h"
#include "compiler/sema/type_expr.h"

namespace opsc {
namespace {

using sema::Context;

// Bodies may name what is waiting: then more functions and types come, with bodies of their own.
void CheckDeclared(Context& c) {
  uint32_t signature = 0;
  uint32_t nominal = 0;
  while (signature < c.signatures.size() || nominal < c.nominals.size()) {
    while (signature < c.signatures.size()) {
      sema::CheckFunctionBody(c, sema::SignatureId{signature++});
    }
    if (nominal == c.nominals.size()) continue;
    NominalId id{nominal++};
    sema::CheckNominalDefaults(c, id);
    sema::CheckNominalChecks(c, id);
    for (size_t i = 0; i < c.types().nominal[id].outs.size(); ++i) sema::TypeOfOut(c, id, i);
  }
}

void CheckBodies(Context& c) {
  sema::InferLets(c);
  for (uint32_t i = 0; i < c.items.size(); ++i) sema::CheckItem(c, ItemId{i});
  CheckDeclared(c);
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
