// Which member of a union an expression is written for.
#include <algorithm>

#include "compiler/sema/expr.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/text.h"

namespace opsc::sema {
namespace {

using Members = std::vector<TypeId>;

// Takes `secret` and `?` off: a literal is written for what is below.
TypeId Below(const Context& c, TypeId type) {
  return Strip(c, type).type;
}

TypeId First(const Context& c, const Members& members, auto&& fits) {
  for (TypeId member : members) {
    if (fits(Below(c, member))) return Below(c, member);
  }
  return kNone<TypeId>;
}

bool IsLiteral(const Context& c, TypeId type, const Value& value) {
  const auto* literal = c.model->types.As<LiteralType>(type);
  return literal && literal->value == value;
}

// Can a text stand in the place? Without a type of its own, as a program has many texts.
bool TakesText(const Context& c, TypeId type, const Value& text) {
  if (const auto* refined = c.model->types.As<RefinedType>(type)) {
    return TakesText(c, refined->base, text) && KeepsTo(text, *refined);
  }
  const auto* prim = c.model->types.As<PrimType>(type);
  if (!prim) return false;
  if (prim->prim == Prim::kString || prim->prim == Prim::kTemplate) return true;
  return IsTextPrim(prim->prim) && !TextProblem(prim->prim, text.AsString());
}

TypeId AimString(Context& c, const ast::StringLit& string, const Members& members) {
  if (string.parts.empty()) {
    Value text = Value::String(string.texts[0]);
    TypeId same = First(c, members, [&](TypeId m) { return IsLiteral(c, m, text); });
    if (!IsNone(same)) return same;
    return First(c, members, [&](TypeId m) { return TakesText(c, m, text); });
  }
  return First(c, members, [&](TypeId m) {
    auto prim = c.types().As<LiteralType>(m) ? std::nullopt : PrimOf(c, m);
    return prim && (*prim == Prim::kString || *prim == Prim::kTemplate || IsTextPrim(*prim));
  });
}

TypeId AimInt(Context& c, int64_t number, const Members& members) {
  TypeId literal = c.types().Intern(LiteralType{Value::Int(number)});
  TypeId exact = First(c, members, [&](TypeId m) { return Fits(c, literal, m) == Fit::kYes; });
  if (!IsNone(exact)) return exact;
  return First(c, members, [&](TypeId m) { return PrimOf(c, m) == Prim::kFloat; });
}

std::optional<Value> LiteralOf(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* string = std::get_if<ast::StringLit>(&node)) {
    return string->parts.empty() ? std::optional(Value::String(string->texts[0])) : std::nullopt;
  }
  if (const auto* number = std::get_if<ast::IntLit>(&node)) return Value::Int(number->value);
  if (const auto* truth = std::get_if<ast::BoolLit>(&node)) return Value::Bool(truth->value);
  return std::nullopt;
}

enum class Match3 : uint8_t { kOther, kPossible, kSame };

// Does the record as written agree with the literal fields of a member?
Match3 Discriminate(Context& c, const ast::File& file, const ast::RecordLit& record,
                    TypeId member) {
  const auto* fields = FieldsOf(c, member);
  if (!fields) return Match3::kPossible;  // a map
  Match3 result = Match3::kPossible;
  for (const ast::RecordEntry& entry : record.entries) {
    if (entry.spread || entry.key) continue;
    const RecordField* field = FindField(*fields, entry.name.text);
    if (!field || !c.types().As<LiteralType>(field->type)) continue;
    auto value = LiteralOf(file, entry.value);
    if (!value) continue;
    TypeId literal = c.types().Intern(LiteralType{*value});
    if (literal != field->type) return Match3::kOther;
    result = Match3::kSame;
  }
  return result;
}

// How many of the record's fields the member has; more is a better guess for the message.
size_t Known(const Context& c, const ast::RecordLit& record, TypeId member) {
  const auto* fields = FieldsOf(c, member);
  if (!fields) return 0;
  return static_cast<size_t>(std::ranges::count_if(record.entries, [&](const auto& entry) {
    return !entry.spread && !entry.key && FindField(*fields, entry.name.text);
  }));
}

TypeId AimRecord(Context& c, const ast::File& file, const ast::RecordLit& record,
                 const Members& members) {
  TypeId best = kNone<TypeId>;
  size_t best_score = 0;
  for (TypeId outer : members) {
    TypeId member = Below(c, outer);
    if (!FieldsOf(c, member) && !c.types().As<MapType>(member)) continue;
    Match3 match = Discriminate(c, file, record, member);
    if (match == Match3::kOther) continue;
    size_t score = 1 + 2 * Known(c, record, member) + (match == Match3::kSame ? 1000 : 0);
    if (score > best_score) {
      best_score = score;
      best = member;
    }
  }
  return best;
}

TypeId AimAt(Context& c, const ast::File& file, const ast::Expr& expr, const Members& members) {
  auto list = [&](TypeId m) { return c.types().As<ListType>(m) != nullptr; };
  auto map = [&](TypeId m) { return c.types().As<MapType>(m) != nullptr; };
  return Match(
      expr.node, [&](const ast::StringLit& e) { return AimString(c, e, members); },
      [&](const ast::IntLit& e) { return AimInt(c, e.value, members); },
      [&](const ast::ListLit&) { return First(c, members, list); },
      [&](const ast::ListComp&) { return First(c, members, list); },
      [&](const ast::RecordLit& e) { return AimRecord(c, file, e, members); },
      [&](const ast::RecordComp&) { return First(c, members, map); },
      [&](const ast::LambdaExpr&) {
        return First(c, members,
                     [&](TypeId m) { return c.types().As<FunctionType>(m) != nullptr; });
      },
      [](const auto&) { return kNone<TypeId>; });
}

}  // namespace

TypeId Aim(Context& c, const Env& env, ast::ExprId id, TypeId expected) {
  const ast::Expr& expr = env.file->exprs[id];
  bool branches = std::holds_alternative<ast::IfExpr>(expr.node) ||
                  std::holds_alternative<ast::MatchExpr>(expr.node);
  if (branches) return expected;
  TypeId below = Below(c, expected);
  const auto* choice = c.types().As<UnionType>(below);
  if (!choice) return below;
  TypeId aim = AimAt(c, *env.file, expr, choice->members);
  return IsNone(aim) ? below : aim;
}

}  // namespace opsc::sema
