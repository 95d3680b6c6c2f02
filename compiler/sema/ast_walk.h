// The children of an expression as written.
#pragma once

#include "compiler/syntax/ast.h"

namespace opsc::sema {

// Calls `visit(ast::ExprId)` for each direct child, in order of text.
template <typename Visit>
void ForEachChild(const ast::ExprNode& node, Visit&& visit) {
  auto maybe = [&](const std::optional<ast::ExprId>& id) {
    if (id) visit(*id);
  };
  Match(
      node,
      [&](const ast::StringLit& e) {
        for (ast::ExprId part : e.parts) visit(part);
      },
      [&](const ast::MemberExpr& e) { visit(e.object); },
      [&](const ast::IndexExpr& e) { visit(e.object), visit(e.index); },
      [&](const ast::CallExpr& e) {
        visit(e.callee);
        for (const ast::Arg& arg : e.args) visit(arg.value);
      },
      [&](const ast::UnaryExpr& e) { visit(e.operand); },
      [&](const ast::BinaryExpr& e) { visit(e.left), visit(e.right); },
      [&](const ast::WithExpr& e) { visit(e.base), visit(e.changes); },
      [&](const ast::IfExpr& e) { visit(e.condition), visit(e.then), visit(e.otherwise); },
      [&](const ast::MatchExpr& e) {
        visit(e.subject);
        for (const ast::MatchArm& arm : e.arms) maybe(arm.pattern), visit(arm.value);
      },
      [&](const ast::LambdaExpr& e) { visit(e.body); },
      [&](const ast::ListLit& e) {
        for (const ast::ListElement& element : e.elements) visit(element.value);
      },
      [&](const ast::ListComp& e) { visit(e.over), maybe(e.condition), visit(e.value); },
      [&](const ast::RecordLit& e) {
        for (const ast::RecordEntry& entry : e.entries) maybe(entry.key), visit(entry.value);
      },
      [&](const ast::RecordComp& e) {
        visit(e.over), maybe(e.condition), visit(e.key), visit(e.value);
      },
      [](const auto&) {});
}

}  // namespace opsc::sema
