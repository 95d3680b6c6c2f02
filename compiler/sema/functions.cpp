#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/type_expr.h"
#include "compiler/sema/unify.h"

namespace opsc::sema {

Signature& ResolveSignature(Context& c, SignatureId id) {
  Signature& signature = c.signatures[id];
  if (signature.progress != Progress::kUntouched) return signature;
  signature.progress = Progress::kDone;
  const ast::FnDecl& decl = signature.ast();
  TypePlace place{signature.decl.file, signature.scope, &decl.type_params};
  signature.params.reserve(decl.params.size());
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ast::FnParam& param = decl.params[i];
    for (size_t j = 0; j < i; ++j) {
      if (decl.params[j].name.text != param.name.text) continue;
      c.diags->Add(Diag::kDuplicateName, param.name.span, {param.name.text.text()})
          .related.push_back({decl.params[j].name.span, "it is declared here first"});
    }
    TypeId type = ResolveType(c, place, param.type);
    if (param.variadic && !c.types().As<ListType>(type) && !IsError(c, type)) {
      ReportMismatch(c, decl.params[i].name.span, c.types().Intern(ListType{type}), type);
      type = c.prim(Prim::kError);
    }
    signature.params.push_back({param.name.text, type, param.variadic, {}, kNone<ExprId>});
  }
  signature.result = ResolveType(c, place, decl.result);
  if (!IsNone(signature.fn)) {
    Function& function = c.model->functions[signature.fn];
    for (const Parameter& param : signature.params) function.params.push_back(param.type);
    function.result = signature.result;
  }
  return signature;
}

ExprId DefaultOfParam(Context& c, SignatureId id, size_t param) {
  const Signature& signature = ResolveSignature(c, id);
  ast::ExprId source = *signature.ast().params[param].default_value;
  const ast::File& file = *signature.decl.file;
  Parameter& entry = c.signatures[id].params[param];
  if (entry.default_progress == Progress::kDone) return entry.default_value;
  if (entry.default_progress == Progress::kRunning) {
    c.diags->Add(Diag::kValueCycle, file.exprs[source].span,
                 {"the default of `" + entry.name.str() + "`", "it needs itself"});
    return AddError(c, file.exprs[source].span);
  }
  entry.default_progress = Progress::kRunning;
  Checked checked = CheckInFrame(c, PlaceAt(c, file, signature.scope), source, entry.type);
  entry.default_value = Lift(c, checked.expr, signature.scope, checked.frame_size);
  entry.default_progress = Progress::kDone;
  return entry.default_value;
}

void CheckFunctionBody(Context& c, SignatureId id) {
  const Signature& signature = ResolveSignature(c, id);
  const ast::FnDecl& decl = signature.ast();
  for (size_t i = 0; i < decl.params.size(); ++i) {
    if (decl.params[i].default_value) DefaultOfParam(c, id, i);
  }
  if (IsNone(signature.fn) || !decl.body) return;
  Frame frame;
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const Parameter& param = signature.params[i];
    AddLocal(c, frame, param.name, param.type, decl.params[i].name.span);
  }
  Env env = PlaceAt(c, *signature.decl.file, signature.scope);
  env.frame = &frame;
  ExprId body = CheckExpr(c, env, *decl.body, signature.result);
  Function& function = c.model->functions[signature.fn];
  function.body = body;
  function.frame_size = frame.size;
}

TypeId TypeOfFunction(Context& c, SignatureId id) {
  const Signature& signature = ResolveSignature(c, id);
  FunctionType type;
  for (const Parameter& param : signature.params) type.params.push_back(param.type);
  type.result = signature.result;
  return c.types().Intern(std::move(type));
}

}  // namespace opsc::sema
