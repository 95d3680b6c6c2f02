// What is known only after apply must not shape the graph.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "compiler/model/walk.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"

namespace opsc::sema {
namespace {

// How much of a value waits for apply.
enum class Wait : uint8_t {
  kNone,
  kInside,  // its elements or fields, not their number
  kWhole,
};

// Why a value waits: the expression that brought it in, and what that is.
struct Taint {
  Wait wait = Wait::kNone;
  ExprId cause = kNone<ExprId>;
  std::vector<std::pair<Span, std::string>> chain;  // from the use to the cause
};

// The analysis: each item and function once, on demand.
struct Flow {
  Context& c;
  std::unordered_map<uint32_t, Taint> items;
  std::unordered_map<uint32_t, Taint> functions;
  std::unordered_map<uint32_t, Taint> expected_params;     // params of components, by ItemId
  std::unordered_map<uint32_t, std::vector<std::pair<ItemId, ExprId>>> given;  // param -> passed
  std::vector<bool> running_items;
  std::vector<bool> running_functions;
};

Taint TaintOf(Flow& flow, ExprId id);

void Worsen(Taint& taint, const Taint& other, Wait at_least) {
  if (other.wait == Wait::kNone) return;
  Wait wait = std::max(other.wait, at_least);
  if (wait <= taint.wait) return;
  taint = other;
  taint.wait = wait;
}

bool IsOut(const Context& c, TypeId object, Symbol name) {
  const auto* instance = c.model->types.As<InstanceType>(object);
  if (!instance) return false;
  if (FindField(instance->outs, name)) return true;
  return FindField(c.model->types.nominal[instance->nominal].outs, name) != nullptr;
}

const InstanceItem* InstanceBehind(const Context& c, ExprId object) {
  const ExprNode& node = c.model->exprs[object].node;
  if (const auto* index = std::get_if<IndexExpr>(&node)) return InstanceBehind(c, index->object);
  const auto* ref = std::get_if<ItemExpr>(&node);
  return ref ? std::get_if<InstanceItem>(&c.model->items[ref->item].node) : nullptr;
}

Taint Pend(const Context& c, ExprId id, const std::string& what) {
  Taint taint;
  taint.wait = Wait::kWhole;
  taint.cause = id;
  taint.chain.emplace_back(c.model->exprs[id].span, what);
  return taint;
}

// An out of an instance: of a component it is a value like any other; of the rest it is pending,
// unless it is computed from the instance's own fields.
Taint TaintOfOut(Flow& flow, ExprId id, const InstanceItem& instance, Symbol name) {
  const Model& model = *flow.c.model;
  if (instance.is_component) {
    for (ItemId item : model.scopes[instance.component].items) {
      const auto* out = std::get_if<OutItem>(&model.items[item].node);
      if (out && out->name == name && !IsNone(out->value)) return TaintOf(flow, out->value);
    }
    return {};
  }
  for (const InstanceOut& out : instance.outs) {
    if (out.name != name || flow.c.types().Is(out.type, Prim::kFile)) continue;
    return TaintOf(flow, out.value);
  }
  return Pend(flow.c, id, fmt::format("`{}.{}` is known only after apply", instance.name.text(),
                                      name.text()));
}

Taint TaintOfMember(Flow& flow, ExprId id, const MemberExpr& member) {
  const Model& model = *flow.c.model;
  TypeId object = Strip(flow.c, model.exprs[member.object].type).type;
  const InstanceItem* instance = InstanceBehind(flow.c, member.object);
  bool out = IsOut(flow.c, object, member.name);
  if (instance && out) return TaintOfOut(flow, id, *instance, member.name);
  if (out) return Pend(flow.c, id, fmt::format("`{}` is known only after apply", member.name.text()));
  if (instance) {
    for (const InstanceField& field : instance->fields) {
      if (field.name == member.name) return TaintOf(flow, field.value);
    }
    return {};
  }
  // A field of a record that is written out is looked at alone.
  if (const auto* record = std::get_if<RecordExpr>(&model.exprs[member.object].node)) {
    for (const RecordEntry& entry : record->entries) {
      if (!entry.spread && entry.name == member.name) return TaintOf(flow, entry.value);
    }
  }
  Taint taint;
  Worsen(taint, TaintOf(flow, member.object), Wait::kWhole);
  return taint;
}

Taint TaintOfParam(Flow& flow, ItemId id, const ParamItem& param) {
  Taint taint;
  if (param.default_value) Worsen(taint, TaintOf(flow, *param.default_value), Wait::kNone);
  auto it = flow.given.find(static_cast<uint32_t>(id));
  if (it == flow.given.end()) return taint;
  for (const auto& [instance, value] : it->second) Worsen(taint, TaintOf(flow, value), Wait::kNone);
  return taint;
}

// A loop variable waits where the elements that it stands for do.
Taint TaintOfLoopVar(Flow& flow, ItemId id) {
  const Model& model = *flow.c.model;
  ScopeId body = model.items[id].scope;
  for (ItemId item : model.scopes[model.scopes[body].parent].items) {
    const auto* loop = std::get_if<ForItem>(&model.items[item].node);
    if (!loop || loop->body != body || IsNone(loop->over)) continue;
    Taint taint;
    bool key = loop->second && loop->first == id;
    if (!key) Worsen(taint, TaintOf(flow, loop->over), Wait::kWhole);
    return taint;
  }
  return {};
}

Taint TaintOfItem(Flow& flow, ItemId id) {
  auto index = static_cast<uint32_t>(id);
  if (auto it = flow.items.find(index); it != flow.items.end()) return it->second;
  if (flow.running_items[index]) return {};
  flow.running_items[index] = true;
  Taint taint = Match(
      flow.c.model->items[id].node,
      [&](const LetItem& i) { return IsNone(i.value) ? Taint{} : TaintOf(flow, i.value); },
      [&](const ParamItem& i) { return TaintOfParam(flow, id, i); },
      [&](const LoopVarItem&) { return TaintOfLoopVar(flow, id); },
      [](const auto&) { return Taint{}; });
  flow.running_items[index] = false;
  flow.items[index] = taint;
  return taint;
}

Taint TaintOfFunction(Flow& flow, FnId id) {
  auto index = static_cast<uint32_t>(id);
  if (auto it = flow.functions.find(index); it != flow.functions.end()) return it->second;
  if (flow.running_functions[index]) return {};
  flow.running_functions[index] = true;
  ExprId body = flow.c.model->functions[id].body;
  Taint taint = IsNone(body) ? Taint{} : TaintOf(flow, body);
  flow.running_functions[index] = false;
  flow.functions[index] = taint;
  return taint;
}

// The node of a chain is worth showing where the value passes through a name.
Taint Through(Flow& flow, ExprId id, Taint taint, std::string_view name) {
  if (taint.wait == Wait::kNone) return taint;
  taint.chain.insert(taint.chain.begin(),
                     {flow.c.model->exprs[id].span, fmt::format("by way of `{}`", name)});
  return taint;
}

Symbol NameOf(const ItemNode& node) {
  return Match(
      node, [](const LetItem& i) { return i.name; }, [](const ParamItem& i) { return i.name; },
      [](const LoopVarItem& i) { return i.name; }, [](const auto&) { return Symbol(); });
}

bool IsResult(const Context& c, BuiltinId builtin) {
  if (!c.in.builtins) return false;
  return c.in.builtins->names[static_cast<size_t>(builtin)] == "result";
}

Taint TaintOfChildren(Flow& flow, ExprId id, Wait at_least) {
  Taint taint;
  ForEachChild(flow.c.model->exprs[id],
               [&](ExprId child) { Worsen(taint, TaintOf(flow, child), at_least); });
  return taint;
}

// A list is as long as it is written, whatever its elements wait for.
Taint TaintOfList(Flow& flow, const ListExpr& list) {
  Taint taint;
  for (const ListElement& element : list.elements) {
    Taint of_element = TaintOf(flow, element.value);
    if (!element.spread && of_element.wait == Wait::kWhole) of_element.wait = Wait::kInside;
    Worsen(taint, of_element, Wait::kNone);
  }
  return taint;
}

Taint TaintOfRecord(Flow& flow, const RecordExpr& record) {
  Taint taint;
  for (const RecordEntry& entry : record.entries) {
    if (entry.key) Worsen(taint, TaintOf(flow, *entry.key), Wait::kWhole);
    Taint of_entry = TaintOf(flow, entry.value);
    if (!entry.spread && of_entry.wait == Wait::kWhole) of_entry.wait = Wait::kInside;
    Worsen(taint, of_entry, Wait::kNone);
  }
  return taint;
}

Taint TaintOf(Flow& flow, ExprId id) {
  const ExprNode& node = flow.c.model->exprs[id].node;
  if (const auto* ref = std::get_if<ItemExpr>(&node)) {
    Symbol name = NameOf(flow.c.model->items[ref->item].node);
    return Through(flow, id, TaintOfItem(flow, ref->item), name.text());
  }
  if (const auto* member = std::get_if<MemberExpr>(&node)) return TaintOfMember(flow, id, *member);
  if (const auto* call = std::get_if<CallFnExpr>(&node)) {
    Taint taint = TaintOfChildren(flow, id, Wait::kWhole);
    std::string_view name = flow.c.model->functions[call->fn].name.text();
    Worsen(taint, Through(flow, id, TaintOfFunction(flow, call->fn), name), Wait::kWhole);
    return taint;
  }
  if (const auto* call = std::get_if<CallBuiltinExpr>(&node)) {
    if (IsResult(flow.c, call->builtin)) {
      return Pend(flow.c, id, "how it ended is known only after it ran");
    }
    return TaintOfChildren(flow, id, Wait::kWhole);
  }
  if (const auto* list = std::get_if<ListExpr>(&node)) return TaintOfList(flow, *list);
  if (const auto* record = std::get_if<RecordExpr>(&node)) return TaintOfRecord(flow, *record);
  if (const auto* ensure = std::get_if<EnsureExpr>(&node)) return TaintOf(flow, ensure->value);
  if (std::holds_alternative<ConstExpr>(node)) return {};
  return TaintOfChildren(flow, id, Wait::kWhole);
}

void Refuse(Flow& flow, ExprId id, Wait limit, std::string_view what) {
  Taint taint = TaintOf(flow, id);
  if (taint.wait < limit) return;
  Diagnostic& d = flow.c.diags->Add(Diag::kPendingShape, flow.c.model->exprs[id].span, {what});
  for (auto& [span, why] : taint.chain) d.related.push_back({span, why});
  d.hint = "decide it with a param or a constant; pending values may fill fields";
}

void RefuseInItem(Flow& flow, const ItemNode& node) {
  Match(
      node,
      [&](const ForItem& i) {
        if (!IsNone(i.over)) Refuse(flow, i.over, Wait::kWhole, "what `for` goes through");
      },
      [&](const IfItem& i) {
        if (!IsNone(i.condition)) Refuse(flow, i.condition, Wait::kInside, "the condition of `if`");
      },
      [&](const InstanceItem& i) {
        if (i.key) Refuse(flow, *i.key, Wait::kInside, "the key of an instance");
        if (i.condition) {
          Refuse(flow, *i.condition, Wait::kInside, "the condition of an instance");
        }
      },
      [](const auto&) {});
}

// Which values are passed to the params of components.
void CollectGiven(Flow& flow) {
  const Model& model = *flow.c.model;
  for (uint32_t i = 0; i < model.items.size(); ++i) {
    const auto* instance = std::get_if<InstanceItem>(&model.items[static_cast<ItemId>(i)].node);
    if (!instance || !instance->is_component) continue;
    for (ItemId item : model.scopes[instance->component].items) {
      const auto* param = std::get_if<ParamItem>(&model.items[item].node);
      if (!param) continue;
      for (const InstanceField& field : instance->fields) {
        if (field.name != param->name) continue;
        flow.given[static_cast<uint32_t>(item)].emplace_back(static_cast<ItemId>(i), field.value);
      }
    }
  }
}

}  // namespace

void RefusePendingShapes(Context& c) {
  Flow flow{c, {}, {}, {}, {}, {}, {}};
  flow.running_items.resize(c.model->items.size());
  flow.running_functions.resize(c.model->functions.size());
  CollectGiven(flow);
  for (const Item& item : c.model->items) RefuseInItem(flow, item.node);
}

}  // namespace opsc::sema
