// What is known only after apply must not shape the graph.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "compiler/model/walk.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"
#include "compiler/sema/names.h"

namespace opsc::sema {
namespace {

constexpr int kMaxHops = 8;      // of an explanation
constexpr int kMaxDepth = 2000;  // beyond, the evaluator finds out

// How much of a value waits for apply.
enum class Wait : uint8_t {
  kNone,
  kInside,  // its elements or fields, not their number
  kWhole,
};

// Why an expression waits: by way of another one, or (none) on its own.
struct Taint {
  Wait wait = Wait::kNone;
  ExprId via = kNone<ExprId>;
};

// The analysis: each item, function and field once, on demand.
struct Flow {
  Context& c;
  std::unordered_map<uint32_t, Taint> items;
  std::unordered_map<uint32_t, Taint> functions;
  std::vector<std::optional<Taint>> memo;                   // by ExprId: defaults are shared
  std::unordered_map<uint32_t, std::vector<ExprId>> given;  // what is passed to a component's param
  const InstanceItem* self = nullptr;
  int depth = 0;
};

Taint TaintOf(Flow& flow, ExprId id);

Taint Own() {
  return {Wait::kWhole, kNone<ExprId>};
}

// The value of a field or out of an instance.
Taint TaintOfField(Flow& flow, const InstanceItem& instance, ExprId value) {
  const InstanceItem* outer = std::exchange(flow.self, &instance);
  Taint taint = TaintOf(flow, value);
  flow.self = outer;
  if (taint.wait != Wait::kNone) taint.via = value;
  return taint;
}

bool IsOut(const Context& c, TypeId object, Symbol name) {
  const auto* instance = c.model->types.As<InstanceType>(object);
  if (!instance) return false;
  if (FindField(instance->outs, name)) return true;
  return FindField(c.model->types.nominal[instance->nominal].outs, name) != nullptr;
}

// The instance that an expression is, or one of its keyed instances; kNone: it is none.
ItemId InstanceBehind(const Context& c, ExprId object) {
  const ExprNode& node = c.model->exprs[object].node;
  if (const auto* index = std::get_if<IndexExpr>(&node)) return InstanceBehind(c, index->object);
  const auto* ref = std::get_if<ItemExpr>(&node);
  bool found = ref && std::holds_alternative<InstanceItem>(c.model->items[ref->item].node);
  return found ? ref->item : kNone<ItemId>;
}

Taint TaintOfComponentOut(Flow& flow, const InstanceItem& instance, Symbol name) {
  const Model& model = *flow.c.model;
  for (ItemId item : model.scopes[instance.component].items) {
    const auto* out = std::get_if<OutItem>(&model.items[item].node);
    bool found = out && out->name == name && !IsNone(out->value);
    if (found) return TaintOfField(flow, instance, out->value);
  }
  return {};
}

// What an earlier check found of an instance that this one only declares.
std::optional<Taint> KnownTaint(const Flow& flow, ItemId id, Symbol name) {
  const ItemInfo& info = flow.c.items[id];
  bool is_known = info.beside && info.body_progress == Progress::kUntouched && flow.c.in.notes &&
                  flow.c.in.notes->known_waits;
  if (!is_known) return std::nullopt;
  Symbol instance = std::get<InstanceItem>(flow.c.model->items[id].node).name;
  const Waits* waits = flow.c.in.notes->known_waits(flow.c.model->items[id].span.file, instance);
  if (!waits) return std::nullopt;
  auto it = std::ranges::find(*waits, name, &Waits::value_type::first);
  if (it == waits->end()) return std::nullopt;
  return Taint{static_cast<Wait>(it->second), kNone<ExprId>};
}

// A field or out of an instance. An out is pending, but for those of components and those that are
// computed: they are values like any other.
Taint TaintOfInstanceMember(Flow& flow, const InstanceItem& instance, Symbol name) {
  if (IsNone(instance.type)) return {};
  for (const InstanceField& field : instance.fields) {
    if (field.name == name) return TaintOfField(flow, instance, field.value);
  }
  if (instance.is_component) return TaintOfComponentOut(flow, instance, name);
  for (const InstanceOut& out : instance.outs) {
    if (out.name != name) continue;
    bool file = flow.c.types().Is(out.type, Prim::kFile);
    return file ? Own() : TaintOfField(flow, instance, out.value);
  }
  const NominalType& nominal = flow.c.types().nominal[instance.type];
  return FindField(nominal.outs, name) ? Own() : Taint{};
}

Taint Through(Flow& flow, ExprId id, Wait at_least) {
  Taint taint = TaintOf(flow, id);
  if (taint.wait == Wait::kNone) return taint;
  return {std::max(taint.wait, at_least), id};
}

void Worsen(Taint& taint, const Taint& other) {
  if (other.wait > taint.wait) taint = other;
}

Taint TaintOfModuleMember(Flow& flow, uint32_t module, Symbol name);

Taint TaintOfMember(Flow& flow, const MemberExpr& member) {
  const Model& model = *flow.c.model;
  ItemId behind = InstanceBehind(flow.c, member.object);
  if (!IsNone(behind)) {
    if (auto known = KnownTaint(flow, behind, member.name)) return *known;
    return TaintOfInstanceMember(flow, std::get<InstanceItem>(model.items[behind].node),
                                 member.name);
  }
  TypeId object = Strip(flow.c, model.exprs[member.object].type).type;
  if (IsOut(flow.c, object, member.name)) return Own();
  const ExprNode& node = model.exprs[member.object].node;
  if (const auto* module = std::get_if<ModuleExpr>(&node)) {
    return TaintOfModuleMember(flow, module->module, member.name);
  }
  return Through(flow, member.object, Wait::kWhole);
}

Taint TaintOfParam(Flow& flow, ItemId id, const ParamItem& param) {
  Taint taint;
  if (param.default_value) Worsen(taint, Through(flow, *param.default_value, Wait::kNone));
  auto it = flow.given.find(static_cast<uint32_t>(id));
  if (it == flow.given.end()) return taint;
  for (ExprId value : it->second) Worsen(taint, Through(flow, value, Wait::kNone));
  return taint;
}

// A loop variable waits where the elements that it stands for do; the number or key of one does
// not.
Taint TaintOfLoopVar(Flow& flow, ItemId id) {
  const Model& model = *flow.c.model;
  ItemId item = flow.c.names[model.items[id].scope].loop;
  const auto& loop = std::get<ForItem>(model.items[item].node);
  if (IsNone(loop.over)) return {};
  bool key = loop.second && loop.first == id;
  return key ? Taint{} : Through(flow, loop.over, Wait::kWhole);
}

Taint TaintOfItem(Flow& flow, ItemId id) {
  auto [it, fresh] = flow.items.try_emplace(static_cast<uint32_t>(id));
  if (!fresh) return it->second;
  Taint taint = Match(
      flow.c.model->items[id].node,
      [&](const LetItem& i) {
        return IsNone(i.value) ? Taint{} : Through(flow, i.value, Wait::kNone);
      },
      [&](const ParamItem& i) { return TaintOfParam(flow, id, i); },
      [&](const LoopVarItem&) { return TaintOfLoopVar(flow, id); },
      [](const auto&) { return Taint{}; });
  flow.items[static_cast<uint32_t>(id)] = taint;
  return taint;
}

Taint TaintOfModuleMember(Flow& flow, uint32_t module, Symbol name) {
  const ValueName* value = FindValueIn(flow.c, module, name);
  if (!value || value->kind != ValueName::Kind::kItem) return {};
  return TaintOfItem(flow, static_cast<ItemId>(value->index));
}

Taint TaintOfFunction(Flow& flow, FnId id) {
  auto [it, fresh] = flow.functions.try_emplace(static_cast<uint32_t>(id));
  if (!fresh) return it->second;
  ExprId body = flow.c.model->functions[id].body;
  Taint taint = IsNone(body) ? Taint{} : Through(flow, body, Wait::kNone);
  flow.functions[static_cast<uint32_t>(id)] = taint;
  return taint;
}

bool IsResult(const Context& c, BuiltinId builtin) {
  if (!c.in.builtins) return false;
  return c.in.builtins->names[static_cast<size_t>(builtin)] == "result";
}

Taint TaintOfChildren(Flow& flow, const Expr& expr) {
  Taint taint;
  ForEachChild(expr, [&](ExprId child) { Worsen(taint, Through(flow, child, Wait::kWhole)); });
  return taint;
}

// An element of something whose size is known without it.
Taint TaintOfElement(Flow& flow, ExprId id) {
  Taint taint = Through(flow, id, Wait::kNone);
  taint.wait = std::min(taint.wait, Wait::kInside);
  return taint;
}

Taint TaintOfList(Flow& flow, const ListExpr& list) {
  Taint taint;
  for (const ListElement& element : list.elements) {
    Worsen(taint, element.spread ? Through(flow, element.value, Wait::kNone)
                                 : TaintOfElement(flow, element.value));
  }
  return taint;
}

Taint TaintOfRecord(Flow& flow, const RecordExpr& record) {
  Taint taint;
  for (const RecordEntry& entry : record.entries) {
    if (entry.key) Worsen(taint, Through(flow, *entry.key, Wait::kWhole));
    Worsen(taint, entry.spread ? Through(flow, entry.value, Wait::kNone)
                               : TaintOfElement(flow, entry.value));
  }
  return taint;
}

// With a condition on (or a key from) elements that wait, the number of rounds waits too.
Taint TaintOfComp(Flow& flow, ExprId over, std::optional<ExprId> decides, ExprId value) {
  Taint taint = Through(flow, over, decides ? Wait::kWhole : Wait::kNone);
  if (decides) Worsen(taint, Through(flow, *decides, Wait::kWhole));
  Worsen(taint, TaintOfElement(flow, value));
  return taint;
}

Taint TaintOfRecordComp(Flow& flow, const RecordCompExpr& comp) {
  Taint taint = TaintOfComp(flow, comp.over, comp.condition, comp.value);
  Worsen(taint, Through(flow, comp.over, Wait::kWhole));
  Worsen(taint, Through(flow, comp.key, Wait::kWhole));
  return taint;
}

Taint TaintOfCall(Flow& flow, const Expr& expr, const CallFnExpr& call) {
  Taint taint = TaintOfChildren(flow, expr);
  Worsen(taint, TaintOfFunction(flow, call.fn));
  return taint;
}

Taint Compute(Flow& flow, const Expr& expr) {
  return Match(
      expr.node, [](const ConstExpr&) { return Taint{}; },
      [&](const ItemExpr& e) { return TaintOfItem(flow, e.item); },
      [&](const MemberExpr& e) { return TaintOfMember(flow, e); },
      [&](const SelfFieldExpr& e) {
        return flow.self ? TaintOfInstanceMember(flow, *flow.self, e.name) : Taint{};
      },
      [&](const CallFnExpr& e) { return TaintOfCall(flow, expr, e); },
      [&](const CallBuiltinExpr& e) {
        return IsResult(flow.c, e.builtin) ? Own() : TaintOfChildren(flow, expr);
      },
      [&](const ListExpr& e) { return TaintOfList(flow, e); },
      [&](const RecordExpr& e) { return TaintOfRecord(flow, e); },
      [&](const ListCompExpr& e) { return TaintOfComp(flow, e.over, e.condition, e.value); },
      [&](const RecordCompExpr& e) { return TaintOfRecordComp(flow, e); },
      [&](const EnsureExpr& e) { return Through(flow, e.value, Wait::kNone); },
      [&](const auto&) { return TaintOfChildren(flow, expr); });
}

Taint TaintOf(Flow& flow, ExprId id) {
  std::optional<Taint>& known = flow.memo[static_cast<size_t>(id)];
  if (known) return *known;
  if (flow.depth >= kMaxDepth) return {};
  known = Taint{};  // while it is being looked at, it adds nothing
  ++flow.depth;
  Taint taint = Compute(flow, flow.c.model->exprs[id]);
  --flow.depth;
  known = taint;
  return taint;
}

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
