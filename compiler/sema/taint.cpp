#include "compiler/sema/taint.h"

#include <algorithm>

#include "compiler/model/walk.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/names.h"

namespace opsc::sema {
namespace {

constexpr int kMaxDepth = 2000;  // beyond, the evaluator finds out

Taint Own() {
  return {Wait::kWhole, kNone<ExprId>};
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

Taint TaintOfModuleMember(Flow& flow, uint32_t module, Symbol name) {
  const ValueName* value = FindValueIn(flow.c, module, name);
  if (!value || value->kind != ValueName::Kind::kItem) return {};
  return TaintOfItem(flow, static_cast<ItemId>(value->index));
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

}  // namespace

// The value of a field or out of an instance.
Taint TaintOfField(Flow& flow, const InstanceItem& instance, ExprId value) {
  const InstanceItem* outer = std::exchange(flow.self, &instance);
  Taint taint = TaintOf(flow, value);
  flow.self = outer;
  if (taint.wait != Wait::kNone) taint.via = value;
  return taint;
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

Taint TaintOfFunction(Flow& flow, FnId id) {
  auto [it, fresh] = flow.functions.try_emplace(static_cast<uint32_t>(id));
  if (!fresh) return it->second;
  ExprId body = flow.c.model->functions[id].body;
  Taint taint = IsNone(body) ? Taint{} : Through(flow, body, Wait::kNone);
  flow.functions[static_cast<uint32_t>(id)] = taint;
  return taint;
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

}  // namespace opsc::sema
