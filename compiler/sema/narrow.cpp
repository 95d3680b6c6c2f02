#include "compiler/sema/narrow.h"

#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"

namespace opsc::sema {
namespace {

bool IsSelf(const ast::File& file, ast::ExprId id) {
  const auto* ref = std::get_if<ast::NameRef>(&file.exprs[id].node);
  return ref && ref->name.text.text() == "self";
}

std::optional<Path> PathOfName(Context& c, const Env& env, Symbol name) {
  if (const Local* local = FindLocal(env, name))
    return Path{Path::Root::kLocal, local->binding, {}};
  const ValueName* value = FindValue(c, env.scope, name);
  if (!value || value->kind != ValueName::Kind::kItem) return std::nullopt;
  return Path{Path::Root::kItem, value->index, {}};
}

std::optional<TypeId> TypeOfName(Context& c, const Env& env, Symbol name) {
  if (const Local* local = FindLocal(env, name)) return local->type;
  const ValueName* value = FindValue(c, env.scope, name);
  if (!value || value->kind != ValueName::Kind::kItem) return std::nullopt;
  return TypeOfItem(c, static_cast<ItemId>(value->index));
}

// The type of a field read from `object`, null where the object may be.
std::optional<TypeId> TypeOfMember(Context& c, TypeId object, const ast::MemberExpr& member) {
  Bare bare = Strip(c, object);
  const RecordField* field = nullptr;
  if (const auto* fields = FieldsOf(c, bare.type)) {
    field = FindField(*fields, member.name.text);
  } else if (const NominalType* nominal = InstanceNominal(c, bare.type)) {
    field = FindField(nominal->fields, member.name.text);
  }
  if (!field || IsNone(field->type)) return std::nullopt;
  TypeId type = bare.secret ? MakeSecret(c, field->type) : field->type;
  return bare.optional ? MakeOptional(c, type) : type;
}

void Narrow(Context& c, Env& env, ast::ExprId id, auto&& change) {
  auto path = PathOf(c, env, id);
  auto type = path ? TypeOfPath(c, env, id) : std::nullopt;
  if (!type) return;
  TypeId narrow = change(*type);
  if (narrow != *type) env.facts.push_back({std::move(*path), narrow});
}

// The members of a union of records whose field `name` can (or need not) be the constant.
TypeId Discriminate(Context& c, TypeId type, Symbol name, const Value& constant, Outcome outcome) {
  Bare bare = Strip(c, type);
  const auto* choice = c.types().As<UnionType>(bare.type);
  if (!choice) return type;
  TypeId literal = c.types().Intern(LiteralType{constant});
  std::vector<TypeId> kept;
  for (TypeId member : choice->members) {
    const auto* fields = FieldsOf(c, member);
    const RecordField* field = fields ? FindField(*fields, name) : nullptr;
    if (!field) return type;
    bool keep = outcome == Outcome::kTrue ? Fits(c, literal, field->type) != Fit::kNo
                                          : field->type != literal;
    if (keep) kept.push_back(member);
  }
  return kept.empty() ? type : MakeUnion(c, kept);
}

void AssumeComparison(Context& c, Env& env, const ast::BinaryExpr& test, Outcome outcome) {
  if (test.op == ast::BinaryOp::kNe) {
    outcome = outcome == Outcome::kTrue ? Outcome::kFalse : Outcome::kTrue;
  }
  if (auto right = ConstantOf(*env.file, test.right)) {
    AssumeEqual(c, env, test.left, *right, outcome);
  } else if (auto left = ConstantOf(*env.file, test.left)) {
    AssumeEqual(c, env, test.right, *left, outcome);
  }
}

}  // namespace

std::optional<Value> ConstantOf(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (std::holds_alternative<ast::NullLit>(node)) return Value::Null();
  if (const auto* e = std::get_if<ast::IntLit>(&node)) return Value::Int(e->value);
  if (const auto* e = std::get_if<ast::BoolLit>(&node)) return Value::Bool(e->value);
  const auto* string = std::get_if<ast::StringLit>(&node);
  if (!string || !string->parts.empty()) return std::nullopt;
  return Value::String(string->texts[0]);
}

std::optional<Path> PathOf(Context& c, const Env& env, ast::ExprId id) {
  const ast::ExprNode& node = env.file->exprs[id].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&node)) return PathOfName(c, env, ref->name.text);
  const auto* member = std::get_if<ast::MemberExpr>(&node);
  if (!member) return std::nullopt;
  if (IsSelf(*env.file, member->object)) {
    if (!env.self) return std::nullopt;
    return Path{Path::Root::kSelf, env.self->id, {member->name.text}};
  }
  auto path = PathOf(c, env, member->object);
  if (path) path->members.push_back(member->name.text);
  return path;
}

std::optional<TypeId> FactOf(const Env& env, const Path& path) {
  for (auto it = env.facts.rbegin(); it != env.facts.rend(); ++it) {
    if (it->path == path) return it->type;
  }
  return std::nullopt;
}

std::optional<TypeId> TypeOfPath(Context& c, const Env& env, ast::ExprId id) {
  auto path = PathOf(c, env, id);
  if (!path) return std::nullopt;
  if (auto fact = FactOf(env, *path)) return fact;
  const ast::ExprNode& node = env.file->exprs[id].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&node)) return TypeOfName(c, env, ref->name.text);
  const auto& member = std::get<ast::MemberExpr>(node);
  if (IsSelf(*env.file, member.object))
    return env.self->type_of(member.name.text, member.name.span);
  auto object = TypeOfPath(c, env, member.object);
  return object ? TypeOfMember(c, *object, member) : std::nullopt;
}

TypeId NarrowEqual(Context& c, TypeId type, const Value& constant) {
  if (constant.is_null()) return c.prim(Prim::kNull);
  Bare bare = Strip(c, type);
  const auto* choice = c.types().As<UnionType>(bare.type);
  if (!choice) return bare.secret ? MakeSecret(c, bare.type) : bare.type;
  TypeId literal = c.types().Intern(LiteralType{constant});
  std::vector<TypeId> kept;
  for (TypeId member : choice->members) {
    if (Fits(c, literal, Strip(c, member).type) != Fit::kNo) kept.push_back(member);
  }
  return kept.empty() ? type : MakeUnion(c, kept);
}

TypeId NarrowUnequal(Context& c, TypeId type, const Value& constant) {
  if (constant.is_null()) {
    Bare bare = Strip(c, type);
    return bare.secret ? MakeSecret(c, bare.type) : bare.type;
  }
  return Without(c, type, c.types().Intern(LiteralType{constant}));
}

TypeId Without(Context& c, TypeId type, TypeId part) {
  if (c.types().Is(part, Prim::kNull)) return NarrowUnequal(c, type, Value::Null());
  Bare bare = Strip(c, type);
  std::vector<TypeId> members{bare.type};
  if (const auto* choice = c.types().As<UnionType>(bare.type)) members = choice->members;
  std::erase_if(members, [&](TypeId member) { return Fits(c, member, part) == Fit::kYes; });
  TypeId rest = MakeUnion(c, members);
  return bare.optional ? MakeOptional(c, rest) : rest;
}

void AssumeEqual(Context& c, Env& env, ast::ExprId id, const Value& constant, Outcome outcome) {
  Narrow(c, env, id, [&](TypeId type) {
    return outcome == Outcome::kTrue ? NarrowEqual(c, type, constant)
                                     : NarrowUnequal(c, type, constant);
  });
  const auto* member = std::get_if<ast::MemberExpr>(&env.file->exprs[id].node);
  if (!member) return;
  bool there = constant.is_null() ? outcome == Outcome::kFalse : outcome == Outcome::kTrue;
  if (there && member->optional)
    AssumeEqual(c, env, member->object, Value::Null(), Outcome::kFalse);
  if (constant.is_null()) return;
  Narrow(c, env, member->object,
         [&](TypeId type) { return Discriminate(c, type, member->name.text, constant, outcome); });
}

void AssumeType(Context& c, Env& env, ast::ExprId id, TypeId narrow) {
  Narrow(c, env, id, [&](TypeId) { return narrow; });
}

void Assume(Context& c, Env& env, ast::ExprId condition, Outcome outcome) {
  const ast::ExprNode& node = env.file->exprs[condition].node;
  if (const auto* unary = std::get_if<ast::UnaryExpr>(&node)) {
    if (unary->op != ast::UnaryOp::kNot) return;
    Assume(c, env, unary->operand, outcome == Outcome::kTrue ? Outcome::kFalse : Outcome::kTrue);
    return;
  }
  const auto* test = std::get_if<ast::BinaryExpr>(&node);
  if (!test) return;
  bool both = test->op == ast::BinaryOp::kAnd && outcome == Outcome::kTrue;
  bool neither = test->op == ast::BinaryOp::kOr && outcome == Outcome::kFalse;
  if (both || neither) {
    Assume(c, env, test->left, outcome);
    Assume(c, env, test->right, outcome);
  } else if (test->op == ast::BinaryOp::kEq || test->op == ast::BinaryOp::kNe) {
    AssumeComparison(c, env, *test, outcome);
  }
}

}  // namespace opsc::sema
