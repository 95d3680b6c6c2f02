// The children of an expression: the one place that knows them all.
#pragma once

#include "compiler/model/model.h"

namespace opsc {

// Calls `visit(ExprId)` for each direct child, in order of evaluation. The body of a lambda is a
// child; that of a called function is not.
template <typename Visit>
void ForEachChild(const Expr& expr, Visit&& visit) {
  auto all = [&](const std::vector<ExprId>& ids) {
    for (ExprId id : ids) visit(id);
  };
  auto maybe = [&](const std::optional<ExprId>& id) {
    if (id) visit(*id);
  };
  Match(
      expr.node, [&](const MemberExpr& e) { visit(e.object); },
      [&](const IndexExpr& e) { visit(e.object), visit(e.index); },
      [&](const CallFnExpr& e) { all(e.args); }, [&](const CallBuiltinExpr& e) { all(e.args); },
      [&](const CallValueExpr& e) { visit(e.callee), all(e.args); },
      [&](const UnaryExpr& e) { visit(e.operand); },
      [&](const BinaryExpr& e) { visit(e.left), visit(e.right); },
      [&](const IfExpr& e) { visit(e.condition), visit(e.then), visit(e.otherwise); },
      [&](const MatchExpr& e) {
        visit(e.subject);
        for (const MatchArm& arm : e.arms) maybe(arm.pattern), visit(arm.value);
      },
      [&](const LambdaExpr& e) { visit(e.body); }, [&](const InterpExpr& e) { all(e.parts); },
      [&](const TemplateExpr& e) { all(e.parts); },
      [&](const ListExpr& e) {
        for (const ListElement& element : e.elements) visit(element.value);
      },
      [&](const RecordExpr& e) {
        for (const RecordEntry& entry : e.entries) maybe(entry.key), visit(entry.value);
      },
      [&](const ListCompExpr& e) { visit(e.over), maybe(e.condition), visit(e.value); },
      [&](const RecordCompExpr& e) {
        visit(e.over), maybe(e.condition), visit(e.key), visit(e.value);
      },
      [&](const WithExpr& e) { visit(e.base), visit(e.changes); },
      [&](const EnsureExpr& e) { visit(e.value); }, [](const auto&) {});
}

}  // namespace opsc
