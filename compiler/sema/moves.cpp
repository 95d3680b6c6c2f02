#include "compiler/sema/expr.h"
#include "compiler/sema/items.h"

namespace opsc::sema {
namespace {

std::optional<std::string> KeyText(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* number = std::get_if<ast::IntLit>(&node)) return std::to_string(number->value);
  if (const auto* truth = std::get_if<ast::BoolLit>(&node)) return truth->value ? "true" : "false";
  const auto* string = std::get_if<ast::StringLit>(&node);
  if (!string || !string->parts.empty()) return std::nullopt;
  return Quote(string->texts[0]);
}

// An address as an expression: `web`, `site/web["eu"]`, `site.web["eu"]`, or its text as a string.
std::optional<std::string> AddressText(const ast::File& file, ast::ExprId id) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&node)) return ref->name.text.str();
  if (const auto* string = std::get_if<ast::StringLit>(&node)) {
    return string->parts.empty() ? std::optional(string->texts[0]) : std::nullopt;
  }
  if (const auto* member = std::get_if<ast::MemberExpr>(&node)) {
    auto object = AddressText(file, member->object);
    return object ? std::optional(*object + "/" + member->name.text.str()) : std::nullopt;
  }
  if (const auto* index = std::get_if<ast::IndexExpr>(&node)) {
    auto object = AddressText(file, index->object);
    auto key = KeyText(file, index->index);
    return object && key ? std::optional(*object + "[" + *key + "]") : std::nullopt;
  }
  const auto* path = std::get_if<ast::BinaryExpr>(&node);
  if (!path || path->op != ast::BinaryOp::kDiv) return std::nullopt;
  auto left = AddressText(file, path->left);
  auto right = AddressText(file, path->right);
  return left && right ? std::optional(*left + "/" + *right) : std::nullopt;
}

std::optional<std::string> CheckAddress(Context& c, const ast::File& file, ast::ExprId id) {
  auto text = AddressText(file, id);
  if (!text) c.diags->Add(Diag::kBadAddress, file.exprs[id].span);
  return text;
}

}  // namespace

void CheckMoves(Context& c, const ast::File& file) {
  for (ast::DeclId id : file.items) {
    const ast::Decl& decl = file.decls[id];
    if (const auto* moved = std::get_if<ast::MovedDecl>(&decl.node)) {
      auto from = CheckAddress(c, file, moved->from);
      auto to = CheckAddress(c, file, moved->to);
      if (from && to) c.model->moves.push_back({*from, *to});
    } else if (const auto* removed = std::get_if<ast::RemovedDecl>(&decl.node)) {
      if (auto address = CheckAddress(c, file, removed->address)) {
        c.model->removed.emplace_back(*address, decl.span);
      }
    }
  }
}

}  // namespace opsc::sema
