// Lets without a written type get theirs from their values: those that others read come first, so
// that a long chain of lets in any order of declaration needs no deep stack.
#include "compiler/sema/ast_walk.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"

namespace opsc::sema {
namespace {

const ast::LetDecl* InferredLet(const Context& c, ItemId id) {
  const auto* let = std::get_if<ast::LetDecl>(&c.items[id].decl.decl().node);
  return let && !let->type ? let : nullptr;
}

void CollectLets(Context& c, ScopeId scope, const ast::File& file, ast::ExprId id,
                 std::vector<ItemId>& lets) {
  const ast::ExprNode& node = file.exprs[id].node;
  if (const auto* ref = std::get_if<ast::NameRef>(&node)) {
    const ValueName* value = FindValue(c, scope, ref->name.text);
    bool item = value && value->kind == ValueName::Kind::kItem;
    if (item && InferredLet(c, static_cast<ItemId>(value->index))) {
      lets.push_back(static_cast<ItemId>(value->index));
    }
    return;
  }
  ForEachChild(node, [&](ast::ExprId child) { CollectLets(c, scope, file, child, lets); });
}

std::vector<ItemId> LetsReadBy(Context& c, ItemId id) {
  std::vector<ItemId> lets;
  CollectLets(c, c.model->items[id].scope, *c.items[id].decl.file, InferredLet(c, id)->value, lets);
  return lets;
}

}  // namespace

void InferLets(Context& c) {
  struct Step {
    ItemId item;
    std::vector<ItemId> needs;
    size_t next = 0;
  };
  std::vector<bool> entered(c.items.size());
  std::vector<Step> steps;
  auto enter = [&](ItemId id) {
    if (entered.size() < c.items.size()) entered.resize(c.items.size());
    if (entered[static_cast<size_t>(id)]) return;
    entered[static_cast<size_t>(id)] = true;
    steps.push_back({id, LetsReadBy(c, id)});
  };
  for (uint32_t i = 0; i < c.items.size(); ++i) {
    auto id = static_cast<ItemId>(i);
    if (!c.items[id].beside && InferredLet(c, id)) enter(id);
    while (!steps.empty()) {
      if (steps.back().next < steps.back().needs.size()) {
        enter(steps.back().needs[steps.back().next++]);
        continue;
      }
      TypeOfItem(c, steps.back().item);
      steps.pop_back();
    }
  }
}

}  // namespace opsc::sema
