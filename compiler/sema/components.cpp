// What a component or module may not do: hold itself, or be read from without being instantiated.
#include <algorithm>
#include <unordered_set>

#include "compiler/model/walk.h"
#include "compiler/sema/items.h"

namespace opsc::sema {
namespace {

// A component that another one holds, and the instance by which it does.
struct Holds {
  NominalId component;
  ItemId instance;
};

struct Search {
  std::unordered_map<ScopeId, std::vector<Holds>> held;  // by the scope of the body
  std::unordered_map<ScopeId, Progress> seen;
  std::vector<Holds> path;
};

// REQUIRES: the path ends where the ring closes.
void ReportRing(Context& c, const Search& search) {
  const Holds& last = search.path.back();
  std::string chain;
  for (auto it = std::ranges::find(search.path, last.component, &Holds::component);
       it != search.path.end(); ++it) {
    chain += (chain.empty() ? "" : " → ") + c.types().nominal[it->component].name.str();
  }
  const ast::Name& name = c.nominals[last.component].decl.As<ast::ComponentDecl>().name;
  c.diags->Add(Diag::kRecursiveComponent, name.span, {name.text.text(), chain})
      .related.push_back({c.model->items[last.instance].span, "by way of this"});
}

void Visit(Context& c, Search& search, const Holds& at) {
  DepthScope depth(c);
  ScopeId scope = c.nominals[at.component].component;
  if (depth.too_deep() || search.seen[scope] == Progress::kDone) return;
  search.path.push_back(at);
  if (search.seen[scope] == Progress::kRunning) {
    ReportRing(c, search);
  } else {
    search.seen[scope] = Progress::kRunning;
    for (const Holds& next : search.held[scope]) Visit(c, search, next);
    search.seen[scope] = Progress::kDone;
  }
  search.path.pop_back();
}

// What keeps a let or function of a module from having a value outside of an instance of it: a
// param without a default, or an instance.
std::optional<ItemId> Unready(Context& c, ExprId id, std::unordered_set<ExprId>& seen);

std::optional<ItemId> UnreadyItem(Context& c, ItemId item, std::unordered_set<ExprId>& seen) {
  return Match(
      c.model->items[item].node, [&](const LetItem& i) { return Unready(c, i.value, seen); },
      [&](const ParamItem& i) {
        return i.default_value ? Unready(c, *i.default_value, seen) : std::optional(item);
      },
      [&](const InstanceItem&) { return std::optional(item); },
      [](const auto&) { return std::optional<ItemId>(); });
}

std::optional<ItemId> Unready(Context& c, ExprId id, std::unordered_set<ExprId>& seen) {
  DepthScope depth(c);
  if (IsNone(id) || depth.too_deep() || !seen.insert(id).second) return std::nullopt;
  const Expr& expr = c.model->exprs[id];
  if (const auto* ref = std::get_if<ItemExpr>(&expr.node)) return UnreadyItem(c, ref->item, seen);
  std::optional<ItemId> found;
  if (const auto* call = std::get_if<CallFnExpr>(&expr.node)) {
    found = Unready(c, c.model->functions[call->fn].body, seen);
  } else if (const auto* fn = std::get_if<FnExpr>(&expr.node)) {
    found = Unready(c, c.model->functions[fn->fn].body, seen);
  }
  ForEachChild(expr, [&](ExprId child) {
    if (!found) found = Unready(c, child, seen);
  });
  return found;
}

}  // namespace

std::optional<ItemId> UnreadyBy(Context& c, ItemId item) {
  std::unordered_set<ExprId> seen;
  return UnreadyItem(c, item, seen);
}

std::optional<ItemId> UnreadyBy(Context& c, FnId fn) {
  std::unordered_set<ExprId> seen;
  return Unready(c, c.model->functions[fn].body, seen);
}

void RefuseRecursiveComponents(Context& c) {
  Search search;
  std::vector<Holds> all;
  for (uint32_t i = 0; i < c.model->items.size(); ++i) {
    auto id = static_cast<ItemId>(i);
    const auto* instance = std::get_if<InstanceItem>(&c.model->items[id].node);
    if (!instance || !instance->is_component) continue;
    if (IsNone(c.nominals[instance->type].decl.id)) continue;  // a module: imports have no cycles
    search.held[c.names[c.model->items[id].scope].owner].push_back({instance->type, id});
    all.push_back({instance->type, id});
  }
  for (const Holds& holds : all) Visit(c, search, holds);
}

void RefuseUninstantiated(Context& c) {
  for (const ModuleRead& read : c.module_reads) {
    auto why = read.fn ? UnreadyBy(c, *read.fn) : UnreadyBy(c, *read.item);
    if (!why) continue;
    bool param = std::holds_alternative<ParamItem>(c.model->items[*why].node);
    Diagnostic& d =
        c.diags->Add(Diag::kNotAModuleValue, read.span,
                     {read.module.text(), read.name.text(),
                      param ? "made from a param without a default" : "made from an instance"});
    d.related.push_back({c.model->items[*why].span, param ? "this param" : "this instance"});
  }
}

}  // namespace opsc::sema
