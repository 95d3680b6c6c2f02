// Every program ends: no function calls itself, no value needs itself.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/model/walk.h"
#include "compiler/sema/items.h"

namespace opsc::sema {
namespace {

// A vertex of the graph of what needs what: items first, then functions.
using Vertex = uint32_t;
constexpr Vertex kNobody = 0xFFFFFFFFu;

// Depth-first search over lets, params, outs and functions, without recursion on the stack.
struct Search {
  const Context& c;
  uint32_t item_count;
  std::vector<Progress> seen;
  std::vector<Vertex> path;
  mutable std::vector<Vertex> walked;  // by ExprId: the vertex for which it was looked at last
};

bool IsFunction(const Search& s, Vertex v) {
  return v >= s.item_count;
}

// Defaults are shared by all that use them, so each expression is looked at once a vertex.
void CollectNeeds(const Search& s, Vertex of, ExprId id, std::vector<Vertex>& needs) {
  if (std::exchange(s.walked[static_cast<size_t>(id)], of) == of) return;
  const Expr& expr = s.c.model->exprs[id];
  if (const auto* item = std::get_if<ItemExpr>(&expr.node)) {
    needs.push_back(static_cast<Vertex>(item->item));
  } else if (const auto* call = std::get_if<CallFnExpr>(&expr.node)) {
    needs.push_back(s.item_count + static_cast<Vertex>(call->fn));
  } else if (const auto* fn = std::get_if<FnExpr>(&expr.node)) {
    needs.push_back(s.item_count + static_cast<Vertex>(fn->fn));
  }
  ForEachChild(expr, [&](ExprId child) { CollectNeeds(s, of, child, needs); });
}

// The instances are not values here: what their fields need is the business of the graph.
std::vector<Vertex> NeedsOf(const Search& s, Vertex v) {
  std::vector<Vertex> needs;
  auto add = [&](ExprId id) {
    if (!IsNone(id)) CollectNeeds(s, v, id, needs);
  };
  if (IsFunction(s, v)) {
    add(s.c.model->functions[static_cast<FnId>(v - s.item_count)].body);
    return needs;
  }
  Match(
      s.c.model->items[static_cast<ItemId>(v)].node, [&](const LetItem& i) { add(i.value); },
      [&](const ParamItem& i) {
        if (i.default_value) add(*i.default_value);
      },
      [](const auto&) {});
  return needs;
}

std::string_view NameOf(const Search& s, Vertex v) {
  if (IsFunction(s, v)) {
    return s.c.model->functions[static_cast<FnId>(v - s.item_count)].name.text();
  }
  return Match(
      s.c.model->items[static_cast<ItemId>(v)].node, [](const LetItem& i) { return i.name.text(); },
      [](const ParamItem& i) { return i.name.text(); },
      [](const auto&) { return std::string_view("?"); });
}

Span SpanOf(const Search& s, Vertex v) {
  return IsFunction(s, v) ? s.c.model->functions[static_cast<FnId>(v - s.item_count)].span
                          : s.c.model->items[static_cast<ItemId>(v)].span;
}

bool IsReported(const Search& s, Vertex v) {
  return !IsFunction(s, v) && s.c.items[static_cast<ItemId>(v)].in_cycle;
}

void ReportCycle(Context& c, const Search& s, Vertex back_to) {
  std::vector<Vertex> cycle(std::ranges::find(s.path, back_to), s.path.end());
  std::ranges::rotate(cycle, std::ranges::min_element(cycle));
  if (std::ranges::any_of(cycle, [&](Vertex v) { return IsReported(s, v); })) return;
  bool functions = std::ranges::all_of(cycle, [&](Vertex v) { return IsFunction(s, v); });
  std::string name(NameOf(s, cycle[0]));
  std::string chain;
  for (Vertex v : cycle) {
    chain += fmt::format("{} → ", NameOf(s, v));
    if (IsFunction(s, v)) c.model->functions[static_cast<FnId>(v - s.item_count)].recursive = true;
  }
  Diag id = functions ? Diag::kRecursiveFunction : Diag::kValueCycle;
  Diagnostic& d = c.diags->Add(id, SpanOf(s, cycle[0]),
                               {functions ? name : fmt::format("`{}`", name), chain + name});
  for (size_t i = 1; i < cycle.size(); ++i) {
    d.related.push_back({SpanOf(s, cycle[i]), "by way of this"});
  }
}

void SearchFrom(Context& c, Search& s, Vertex start) {
  struct Step {
    std::vector<Vertex> needs;
    size_t next = 0;
  };
  std::vector<Step> steps;
  auto enter = [&](Vertex v) {
    s.seen[v] = Progress::kRunning;
    s.path.push_back(v);
    steps.push_back({NeedsOf(s, v), 0});
  };
  enter(start);
  while (!steps.empty()) {
    Step& step = steps.back();
    if (step.next == step.needs.size()) {
      s.seen[s.path.back()] = Progress::kDone;
      if (!IsFunction(s, s.path.back())) {
        c.value_order.push_back(static_cast<ItemId>(s.path.back()));
      }
      s.path.pop_back();
      steps.pop_back();
      continue;
    }
    Vertex need = step.needs[step.next++];
    if (s.seen[need] == Progress::kRunning) ReportCycle(c, s, need);
    if (s.seen[need] == Progress::kUntouched) enter(need);
  }
}

}  // namespace

void RefuseCycles(Context& c) {
  auto item_count = static_cast<uint32_t>(c.model->items.size());
  auto count = item_count + static_cast<uint32_t>(c.model->functions.size());
  Search search{c,
                item_count,
                std::vector<Progress>(count),
                {},
                std::vector<Vertex>(c.model->exprs.size(), kNobody)};
  for (Vertex v = 0; v < count; ++v) {
    if (search.seen[v] == Progress::kUntouched) SearchFrom(c, search, v);
  }
}

}  // namespace opsc::sema
