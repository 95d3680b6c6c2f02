// Expressions: Ast → Model.
#pragma once

#include "compiler/sema/context.h"

namespace opsc::sema {

// Checks an expression. With `expected` (kNone: inferred) the result fits it, or an error was
// reported and the result has type kError.
ExprId CheckExpr(Context& c, Env& env, ast::ExprId id, TypeId expected = kNone<TypeId>);

// A whole expression with a frame of its own.
struct Checked {
  ExprId expr;
  uint32_t frame_size;
};
Checked CheckInFrame(Context& c, const Env& place, ast::ExprId id, TypeId expected);
// Where the expressions of a scope stand, with what the `if`s around it show.
Env PlaceAt(Context& c, const ast::File& file, ScopeId scope);

ExprId Add(Context& c, ExprNode node, TypeId type, Span span);
ExprId AddError(Context& c, Span span);
inline TypeId TypeOf(const Context& c, ExprId id) {
  return c.model->exprs[id].type;
}
inline Span SpanOf(const Context& c, ExprId id) {
  return c.model->exprs[id].span;
}

// Makes a checked value fit `expected`: as it is, ensured when it is known, or reported.
ExprId Coerce(Context& c, ExprId value, TypeId expected);
void ReportMismatch(Context& c, Span span, TypeId expected, TypeId got);
// A secret where everybody sees it: `into` says where.
void ReportLeak(Context& c, Span span, TypeId secret, std::string_view into);

// The member of a union (below `?` and `secret`) that an expression is written for; else
// `expected`.
TypeId Aim(Context& c, const Env& env, ast::ExprId id, TypeId expected);

// ---------------------------------------------------------------- by kind of expression

ExprId CheckLiteral(Context& c, Env& env, const ast::Expr& expr, TypeId expected);
ExprId CheckString(Context& c, Env& env, const ast::StringLit& string, Span span, TypeId expected);
ExprId CheckName(Context& c, Env& env, const ast::NameRef& ref, TypeId expected);
ExprId CheckMember(Context& c, Env& env, const ast::MemberExpr& member, Span span);
ExprId CheckIndex(Context& c, Env& env, const ast::IndexExpr& index, Span span);
ExprId CheckCall(Context& c, Env& env, const ast::CallExpr& call, Span span, TypeId expected);
ExprId CheckUnary(Context& c, Env& env, const ast::UnaryExpr& unary, Span span, TypeId expected);
ExprId CheckBinary(Context& c, Env& env, const ast::BinaryExpr& binary, Span span, TypeId expected);
ExprId CheckIf(Context& c, Env& env, const ast::IfExpr& choice, Span span, TypeId expected);
ExprId CheckMatch(Context& c, Env& env, const ast::MatchExpr& match, Span span, TypeId expected);
ExprId CheckLambda(Context& c, Env& env, const ast::LambdaExpr& lambda, Span span, TypeId expected);
// As CheckLambda, where the result of `type` may be kNone: then it is that of the body.
ExprId CheckLambdaOf(Context& c, Env& env, const ast::LambdaExpr& lambda, Span span,
                     const FunctionType& type);
ExprId CheckList(Context& c, Env& env, const ast::ListLit& list, Span span, TypeId expected);
ExprId CheckListComp(Context& c, Env& env, const ast::ListComp& comp, Span span, TypeId expected);
ExprId CheckRecord(Context& c, Env& env, const ast::RecordLit& record, Span span, TypeId expected);
ExprId CheckOpenRecord(Context& c, Env& env, const ast::RecordLit& record, Span span);
ExprId CheckRecordComp(Context& c, Env& env, const ast::RecordComp& comp, Span span,
                       TypeId expected);
ExprId CheckWith(Context& c, Env& env, const ast::WithExpr& with, Span span, TypeId expected);

// ---------------------------------------------------------------- parts shared between them

// A value or type by name: `alias.name` of another module.
ExprId ModuleMember(Context& c, uint32_t module, const ast::Name& module_name,
                    const ast::Name& name, Span span);
// Remembers a use of a module's function, see ModuleRead.
void NoteModuleCall(Context& c, SignatureId id, const ast::Name& module, const ast::Name& name);
// A field or out of a checked value; nullopt: it has none of the name (nothing is reported).
std::optional<ExprId> FieldOf(Context& c, Env& env, ExprId object, const ast::Name& name,
                              bool optional, Span span);
// Returns the field that seems to be meant; empty: none does.
std::string ReportUnknownField(Context& c, TypeId type, const ast::Name& name);
// The module that an expression names, if it does.
std::optional<uint32_t> NamedModule(Context& c, const Env& env, ast::ExprId id);
const Local* FindLocal(const Env& env, Symbol name);

// A new local in the frame; reuse of slots is the caller's: save and restore `frame.next`.
uint32_t AddLocal(Context& c, Frame& frame, Symbol name, TypeId type, Span declared = {});

// The types of `for a, b in xs`.
struct LoopTypes {
  TypeId first;
  TypeId second;
};
LoopTypes TypesOfLoop(Context& c, const ast::Binder& binder, ExprId over);

}  // namespace opsc::sema
