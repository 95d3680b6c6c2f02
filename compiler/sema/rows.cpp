#include "compiler/sema/rows.h"

#include <algorithm>

#include "compiler/kernel/row_type.h"
#include "compiler/model/row_role.h"
#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"

namespace opsc::sema {
namespace {

const ast::InstanceMember* MemberWithRole(const Context& c, NominalId nominal,
                                          const ast::InstanceDecl& decl, RowRole role) {
  for (const ast::InstanceMember& member : decl.members) {
    bool field = member.kind == ast::InstanceMember::Kind::kField;
    if (field && RowRoleOf(*c.model, nominal, member.name.text) == role) return &member;
  }
  return nullptr;
}

// A function type with the row type for each `any` that it takes, also inside of a map.
TypeId OverRows(Context& c, TypeId declared, TypeId over) {
  if (const auto* map = c.types().As<MapType>(declared)) {
    TypeId value = OverRows(c, map->value, over);
    return c.types().Intern(MapType{value});
  }
  const auto* function = c.types().As<FunctionType>(declared);
  if (!function) return declared;
  FunctionType typed = *function;
  for (TypeId& param : typed.params) {
    if (c.types().Is(param, Prim::kAny)) param = over;
  }
  return c.types().Intern(std::move(typed));
}

bool IsFree(const Context& c, TypeId declared) {
  const auto* function = c.model->types.As<FunctionType>(declared);
  return function && c.model->types.Is(function->result, Prim::kAny);
}

// A function whose result is what its body gives.
ExprId CheckFreeFunction(Context& c, Env& env, ast::ExprId id, TypeId over) {
  const ast::Expr& expr = env.file->exprs[id];
  const auto* lambda = std::get_if<ast::LambdaExpr>(&expr.node);
  if (!lambda) return CheckExpr(c, env, id);
  return CheckLambdaOf(c, env, *lambda, expr.span, FunctionType{{over}, kNone<TypeId>});
}

TypeId ResultOf(const Context& c, ExprId function) {
  const auto* type = c.model->types.As<FunctionType>(TypeOf(c, function));
  return type ? type->result : kNone<TypeId>;
}

void ReportRowType(Context& c, TypeId type, Span span) {
  const auto* fields = FieldsOf(c, type);
  bool broken = IsError(c, type) || (fields && std::ranges::any_of(*fields, [&](const auto& field) {
                                       return IsError(c, field.type);
                                     }));
  if (broken) return;  // said where it is
  auto schema = kernel::RowSchemaOf(*c.model, type);
  if (!schema) c.diags->Add(Diag::kNotARowType, span, {Show(c, type), schema.error().why});
}

ExprId CheckRowType(Context& c, Env& env, ast::ExprId id) {
  ExprId value = CheckExpr(c, env, id);
  TypeId type = TypeOf(c, value);
  if (IsError(c, type)) return value;
  const auto* named = c.types().As<TypeValueType>(type);
  if (!named) {
    c.diags->Add(Diag::kNotARowType, SpanOf(c, value), {Show(c, type), "it is a value"}).hint =
        "name a type that is declared with `type NAME { … }`";
    return AddError(c, SpanOf(c, value));
  }
  ReportRowType(c, named->of, SpanOf(c, value));
  return value;
}

ExprId CheckRowSource(Context& c, Env& env, ast::ExprId id) {
  ExprId value = CheckExpr(c, env, id);
  TypeId type = TypeOf(c, value);
  if (!IsError(c, type) && IsNone(RowTypeOfInstance(c, type))) {
    c.diags->Add(Diag::kNotARowType, SpanOf(c, value), {Show(c, type), "it has no rows"}).hint =
        "name a `dataset` or `features`";
    return AddError(c, SpanOf(c, value));
  }
  return value;
}

}  // namespace

Symbol RowTypeName() {
  static const Symbol kName("row type");
  return kName;
}

TypeId RowTypeOfInstance(const Context& c, TypeId instance) {
  const auto* type = c.model->types.As<InstanceType>(instance);
  const RecordField* out = type ? FindField(type->outs, RowTypeName()) : nullptr;
  const auto* value = out ? c.model->types.As<TypeValueType>(out->type) : nullptr;
  return value ? value->of : kNone<TypeId>;
}

TypeId RowsOver(Context& c, const Env& place, NominalId nominal, const ast::InstanceDecl& decl) {
  if (const auto* named = MemberWithRole(c, nominal, decl, RowRole::kType)) {
    TypeId type = TypeOf(c, CheckInFrame(c, place, named->value, kNone<TypeId>).expr);
    const auto* value = c.types().As<TypeValueType>(type);
    return value ? value->of : c.prim(Prim::kError);
  }
  if (const auto* source = MemberWithRole(c, nominal, decl, RowRole::kSource)) {
    TypeId type = TypeOf(c, CheckInFrame(c, place, source->value, kNone<TypeId>).expr);
    TypeId row = RowTypeOfInstance(c, type);
    return IsNone(row) ? c.prim(Prim::kError) : row;
  }
  return kNone<TypeId>;
}

TypeId RowsOf(Context& c, const Env& place, NominalId nominal, const ast::InstanceDecl& decl) {
  if (MemberWithRole(c, nominal, decl, RowRole::kType)) return RowsOver(c, place, nominal, decl);
  const auto* function = MemberWithRole(c, nominal, decl, RowRole::kFunction);
  const RecordField* field =
      function ? FindField(c.types().nominal[nominal].fields, function->name.text) : nullptr;
  if (!field || !IsFree(c, field->type)) return kNone<TypeId>;
  Frame frame;
  Env env = place;
  env.frame = &frame;
  TypeId over = RowsOver(c, place, nominal, decl);
  if (IsNone(over)) over = c.prim(Prim::kError);  // it says not over what, which is an error itself
  TypeId row = ResultOf(c, CheckFreeFunction(c, env, function->value, over));
  return IsNone(row) ? c.prim(Prim::kError) : row;
}

ExprId CheckRowField(Context& c, Env& env, RowRole role, ast::ExprId id, TypeId declared,
                     TypeId over) {
  switch (role) {
    case RowRole::kType:
      return CheckRowType(c, env, id);
    case RowRole::kSource:
      return CheckRowSource(c, env, id);
    case RowRole::kFunction:
    case RowRole::kRule:
      break;
    case RowRole::kKernel:
    case RowRole::kNone:
      return CheckExpr(c, env, id, declared);
  }
  TypeId row = IsNone(over) ? c.prim(Prim::kError) : over;
  if (!IsFree(c, declared)) return CheckExpr(c, env, id, OverRows(c, declared, row));
  ExprId function = CheckFreeFunction(c, env, id, row);
  TypeId result = ResultOf(c, function);
  if (!IsNone(result)) ReportRowType(c, result, SpanOf(c, function));
  return function;
}

}  // namespace opsc::sema
