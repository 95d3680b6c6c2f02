// Choices over rows: both sides are computed, each under its condition, and one is selected.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/kernel/lowering.h"

namespace opsc::kernel {
namespace {

// Does the arm take the subject? kNone: always.
std::optional<NodeId> TestOfArm(Lowering& l, Place& place, const MatchArm& arm,
                                const Lowered& subject, ExprId at) {
  if (arm.pattern) {
    Lowered pattern = LowerExpr(l, place, *arm.pattern);
    return IsBroken(pattern) ? std::nullopt : Equal(l, subject, pattern, *arm.pattern);
  }
  if (!arm.type_test) return kNone<NodeId>;
  const Types& types = l.model().types;
  if (types.Is(*arm.type_test, Prim::kNull)) return Equal(l, subject, Known{}, at);
  if (const auto* literal = types.As<LiteralType>(*arm.type_test)) {
    return Equal(l, subject, Known{literal->value}, at);
  }
  Refuse(l, at, "telling types apart");
  return std::nullopt;
}

}  // namespace

Lowered Choose(Lowering& l, NodeId condition, const Lowered& then, const Lowered& otherwise,
               ExprId at) {
  if (IsBroken(then) || IsBroken(otherwise)) return Broken{};
  if (IsNull(then) && IsNull(otherwise)) return then;
  const auto* a_record = std::get_if<std::shared_ptr<const RecordOf>>(&then);
  const auto* b_record = std::get_if<std::shared_ptr<const RecordOf>>(&otherwise);
  if (a_record && b_record) {
    auto chosen = std::make_shared<RecordOf>();
    for (const auto& [name, value] : (*a_record)->fields) {
      chosen->fields.emplace_back(name,
                                  Choose(l, condition, value, FieldOfRecord(**b_record, name), at));
      if (IsBroken(chosen->fields.back().second)) return Broken{};
    }
    return std::shared_ptr<const RecordOf>(std::move(chosen));
  }
  std::optional<Scalar> a;
  std::optional<Scalar> b;
  if (!IsNull(then) && !(a = ScalarOf(l, then, at))) return Broken{};
  if (!IsNull(otherwise) && !(b = ScalarOf(l, otherwise, at))) return Broken{};
  if (!a) a = NullOf(l, b->type);
  if (!b) b = NullOf(l, a->type);
  if (TypeOf(a->type) != TypeOf(b->type)) return Refuse(l, at, "a choice between two types");
  Builder& builder = l.builder();
  Scalar chosen{a->type, builder.Select(condition, a->value, b->value)};
  if (!IsNone(a->present) || !IsNone(b->present)) {
    NodeId yes = builder.Constant(true);
    chosen.present = builder.Select(condition, IsNone(a->present) ? yes : a->present,
                                    IsNone(b->present) ? yes : b->present);
  }
  return chosen;
}

Lowered LowerIf(Lowering& l, Place& place, const IfExpr& choice, ExprId at) {
  auto condition = LowerCondition(l, place, choice.condition);
  if (!condition) return Broken{};
  Lowered then;
  Lowered otherwise;
  {
    GuardScope guard(l.builder(), *condition);
    then = LowerExpr(l, place, choice.then);
  }
  {
    GuardScope guard(l.builder(), l.builder().Not(*condition));
    otherwise = LowerExpr(l, place, choice.otherwise);
  }
  return Choose(l, *condition, then, otherwise, at);
}

Lowered LowerMatch(Lowering& l, Place& place, const MatchExpr& match, ExprId at) {
  Lowered subject = LowerExpr(l, place, match.subject);
  if (IsBroken(subject)) return subject;
  Builder& b = l.builder();
  NodeId outer = b.guard();
  std::vector<std::pair<NodeId, Lowered>> arms;
  bool good = true;
  for (size_t i = 0; i < match.arms.size(); ++i) {
    auto test = TestOfArm(l, place, match.arms[i], subject, at);
    if (!test) {
      good = false;
      continue;
    }
    bool last = IsNone(*test) || i + 1 == match.arms.size();  // it is exhaustive
    NodeId before = b.guard();
    if (!last) b.set_guard(b.And(before, *test));
    arms.emplace_back(*test, LowerExpr(l, place, match.arms[i].value));
    good = good && !IsBroken(arms.back().second);
    if (last) break;
    b.set_guard(b.And(before, b.Not(*test)));
  }
  b.set_guard(outer);
  if (!good || arms.empty()) return Broken{};
  Lowered result = arms.back().second;
  for (size_t i = arms.size() - 1; i-- > 0;) {
    result = Choose(l, arms[i].first, arms[i].second, result, at);
  }
  return result;
}

}  // namespace opsc::kernel
