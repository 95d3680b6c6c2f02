// What is known only after apply must not shape the graph.
#include <fmt/format.h>

#include "compiler/sema/items.h"
#include "compiler/sema/taint.h"

namespace opsc::sema {
namespace {

constexpr int kMaxHops = 8;  // of an explanation

// What a step of the explanation says; empty: the step is not worth showing.
std::string Explain(const Context& c, const Expr& expr, bool last) {
  if (const auto* member = std::get_if<MemberExpr>(&expr.node); member && last) {
    return fmt::format("`{}` is known only after apply", member->name.text());
  }
  if (last) return "this is known only after apply";
  if (const auto* ref = std::get_if<ItemExpr>(&expr.node)) {
    std::string_view name = Match(
        c.model->items[ref->item].node, [](const LetItem& i) { return i.name.text(); },
        [](const ParamItem& i) { return i.name.text(); },
        [](const LoopVarItem& i) { return i.name.text(); },
        [](const auto&) { return std::string_view(); });
    if (!name.empty()) return fmt::format("by way of `{}`", name);
  }
  if (const auto* call = std::get_if<CallFnExpr>(&expr.node)) {
    return fmt::format("by way of `{}(…)`", c.model->functions[call->fn].name.text());
  }
  return "";
}

void Refuse(Flow& flow, ExprId id, Wait limit, std::string_view what) {
  if (IsNone(id)) return;
  Taint taint = TaintOf(flow, id);
  if (taint.wait < limit) return;
  const Model& model = *flow.c.model;
  Diagnostic& d = flow.c.diags->Add(Diag::kPendingShape, model.exprs[id].span, {what});
  d.hint = "decide it with a param or a constant; pending values may fill fields";
  ExprId at = id;
  for (int hops = 0; hops < kMaxHops;) {
    bool last = IsNone(taint.via);
    std::string why = Explain(flow.c, model.exprs[at], last);
    if (!why.empty()) {
      d.related.push_back({model.exprs[at].span, std::move(why)});
      ++hops;
    }
    if (last || taint.via == at) break;
    at = taint.via;
    taint = TaintOf(flow, at);
  }
}

void RefuseInItem(Flow& flow, const ItemNode& node) {
  Match(
      node,
      [&](const ForItem& i) { Refuse(flow, i.over, Wait::kWhole, "what `for` goes through"); },
      [&](const IfItem& i) { Refuse(flow, i.condition, Wait::kInside, "the condition of `if`"); },
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
  for (const Item& instance_item : model.items) {
    const auto* instance = std::get_if<InstanceItem>(&instance_item.node);
    if (!instance || !instance->is_component) continue;
    for (ItemId item : model.scopes[instance->component].items) {
      const auto* param = std::get_if<ParamItem>(&model.items[item].node);
      if (!param) continue;
      for (const InstanceField& field : instance->fields) {
        if (field.name == param->name)
          flow.given[static_cast<uint32_t>(item)].push_back(field.value);
      }
    }
  }
}

void AddWait(Waits& waits, Symbol name, const Taint& taint) {
  if (taint.wait != Wait::kNone) waits.emplace_back(name, static_cast<uint8_t>(taint.wait));
}

Waits WaitsOfInstance(Flow& flow, const InstanceItem& instance) {
  Waits waits;
  for (const InstanceField& field : instance.fields) {
    AddWait(waits, field.name, TaintOfField(flow, instance, field.value));
  }
  for (const InstanceOut& out : instance.outs) {
    AddWait(waits, out.name, TaintOfInstanceMember(flow, instance, out.name));
  }
  if (!instance.is_component || IsNone(instance.type)) return waits;
  for (const RecordField& out : flow.c.types().nominal[instance.type].outs) {
    AddWait(waits, out.name, TaintOfComponentOut(flow, instance, out.name));
  }
  return waits;
}

// Leaves with each item what it waits for.
void NoteWaits(Flow& flow) {
  for (uint32_t i = 0; i < flow.c.items.size(); ++i) {
    auto id = static_cast<ItemId>(i);
    ItemInfo& info = flow.c.items[id];
    if (info.beside) continue;
    info.waits = Match(
        flow.c.model->items[id].node,
        [&](const InstanceItem& node) { return WaitsOfInstance(flow, node); },
        [&](const OutItem& node) {
          Waits waits;
          if (!IsNone(node.value)) AddWait(waits, node.name, TaintOf(flow, node.value));
          return waits;
        },
        [&](const auto&) {
          Waits waits;
          AddWait(waits, Symbol(), TaintOfItem(flow, id));
          return waits;
        });
  }
  for (uint32_t i = 0; i < flow.c.signatures.size(); ++i) {
    Signature& signature = flow.c.signatures[static_cast<SignatureId>(i)];
    if (!IsNone(signature.fn))
      signature.waits = TaintOfFunction(flow, signature.fn).wait != Wait::kNone;
  }
}

}  // namespace

void RefusePendingShapes(Context& c) {
  Flow flow{c, {}, {}, {}, {}};
  flow.memo.resize(c.model->exprs.size());
  CollectGiven(flow);
  for (ItemId item : c.value_order) TaintOfItem(flow, item);
  for (uint32_t i = 0; i < c.model->items.size(); ++i) {
    auto id = static_cast<ItemId>(i);
    if (!c.items[id].beside) RefuseInItem(flow, c.model->items[id].node);
  }
  if (c.in.notes && c.in.notes->wants_summaries) NoteWaits(flow);
}

}  // namespace opsc::sema
