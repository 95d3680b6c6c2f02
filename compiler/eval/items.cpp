// Items of scopes: lets, params, outs, and the rounds of `for` and `if`.
#include <fmt/format.h>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/memoise.h"
#include "compiler/eval/params.h"

namespace opsc::eval {

bool Interpreter::Stale(const Memo& memo) const {
  return (memo.value.has_pending() || memo.uses_known) && memo.epoch != epoch_;
}

Value Interpreter::ReportCycle(const void* what, const std::string& name) {
  auto begin = active_.rbegin();
  while (begin != active_.rend() && begin->what != what) ++begin;
  std::string chain;
  std::vector<const Active*> ring;
  for (size_t i = active_.size() - static_cast<size_t>(begin - active_.rbegin()) - 1;
       i < active_.size(); ++i) {
    ring.push_back(&active_[i]);
    chain += active_[i].name + " → ";
  }
  Fail(Diag::kCycle, ring.empty() ? Span{} : ring.front()->span, {name, chain + name});
  for (size_t i = 1; i < ring.size(); ++i) {
    Relate(ring[i]->span, fmt::format("`{}` is needed here", ring[i]->name));
  }
  return {};
}

Activation* Interpreter::NewActivation(ScopeId scope, Activation* parent, Activation* owner) {
  Activation& made = activations_.emplace_back();
  made.scope = scope;
  made.parent = parent;
  made.owner = owner == nullptr ? &made : owner;
  if (owner != nullptr) made.prefix = owner->prefix;
  made.items.resize(model_.scopes[scope].items.size());
  return &made;
}

Activation* Interpreter::ModuleActivation(ScopeId scope) {
  Activation*& slot = modules_[scope];
  if (slot == nullptr) slot = NewActivation(scope, nullptr, nullptr);
  return slot;
}

// The nearest activation of the scope outwards; else the one of its module.
Activation* Interpreter::FindActivation(Activation* from, ScopeId scope) {
  if (IsNone(scope)) return from;
  for (Activation* at = from; at != nullptr; at = at->parent) {
    if (at->scope == scope) return at;
  }
  while (model_.scopes[scope].kind != Scope::Kind::kModule) scope = model_.scopes[scope].parent;
  return ModuleActivation(scope);
}

ItemState& Interpreter::StateOf(Activation* activation, ItemId id) {
  return activation->items[PositionOf(id)];
}

Value Interpreter::EvalNode(const ItemExpr& e, const Expr& expr, Frame& frame) {
  const Item& item = model_.items[e.item];
  if (std::holds_alternative<InstanceItem>(item.node)) {
    return InstancesAsValue(OwnerOf(frame.activation, e.item), e.item, expr.span);
  }
  Activation* at = frame.activation;
  for (uint32_t up = e.scopes_up; up > 0 && at != nullptr; --up) at = at->parent;
  if (at == nullptr || at->scope != item.scope) at = FindActivation(frame.activation, item.scope);
  return ItemValue(at, e.item);
}

Value Interpreter::ItemValue(Activation* activation, ItemId id) {
  const Item& item = model_.items[id];
  Memo& memo = StateOf(activation, id).memo;
  auto named = [&](Symbol name, std::string_view kind, ExprId expr, uint32_t frame_size) {
    return Memoise(
        memo, item.span, [&] { return activation->prefix + name.str(); },
        [&] {
          Value value = EvalIn(expr, frame_size, activation);
          if (failed_) return value;
          if (value.origin() == OriginId::kUnknown) value.SetOrigin(Origins::OfExpr(expr));
          value.SetOrigin(
              origins_.Link(fmt::format("{} {}", kind, name.text()), item.span, value.origin()));
          return value;
        });
  };
  return Match(
      item.node,
      [&](const LetItem& let) { return named(let.name, "let", let.value, let.frame_size); },
      [&](const OutItem& out) { return named(out.name, "out", out.value, out.frame_size); },
      [&](const ParamItem& param) {
        return Memoise(
            memo, item.span, [&] { return activation->prefix + param.name.str(); },
            [&] { return ParamOf(activation, id, param); });
      },
      [&](const LoopVarItem&) { return memo.value; },
      [&](const InstanceItem&) { return InstancesAsValue(activation->owner, id, item.span); },
      [&](const auto&) {
        OPS_CHECK(false, "the item has no value");
        return Value();
      });
}

// A parameter of a component: what its instance says, else the default. Of the root: from outside.
Value Interpreter::ParamOf(Activation* activation, ItemId id, const ParamItem& param) {
  const Item& item = model_.items[id];
  if (activation->component != nullptr) {
    auto member = FindMember(*activation->component, param.name);
    if (member && !IsDefaultMember(*activation->component, *member)) {
      return MemberValue(*activation->component, *member);
    }
  } else if (activation == root()) {
    auto given = GivenParam(*this, param, item.span);
    if (given || failed_) return given.value_or(Value());
  }
  if (!param.default_value) {
    if (model_.types.As<OptionalType>(param.type) != nullptr) return Value::Null();
    Fail(Diag::kMissingParam, item.span, {param.name.text()});
    return {};
  }
  Value value = EvalIn(*param.default_value, param.frame_size, activation);
  if (failed_) return {};
  if (value.origin() == OriginId::kUnknown) value.SetOrigin(Origins::OfExpr(*param.default_value));
  value.SetOrigin(origins_.Link(fmt::format("default of param {}", param.name.text()), item.span,
                                value.origin()));
  return value;
}

const std::vector<Activation*>& Interpreter::Expand(Activation* activation, ItemId id) {
  static const std::vector<Activation*> kNoRounds;
  using State = Memo::State;
  const Item& item = model_.items[id];
  auto& slot = StateOf(activation, id).rounds;
  if (!slot) slot = std::make_unique<Rounds>();
  Rounds& rounds = *slot;
  if (rounds.state == State::kDone) return rounds.activations;
  if (rounds.state == State::kFailed) {
    FailSilently();
    return kNoRounds;
  }
  const auto* loop = std::get_if<ForItem>(&item.node);
  std::string name = loop != nullptr
                         ? "for " + std::get<LoopVarItem>(model_.items[loop->first].node).name.str()
                         : "if";
  if (rounds.state == State::kRunning) {
    ReportCycle(&rounds, name);
    return kNoRounds;
  }
  rounds.state = State::kRunning;
  active_.push_back(Active{&rounds, item.span, name});
  size_t mark = touched_.size();
  bool done = loop != nullptr ? RoundsOfFor(activation, *loop, rounds)
                              : RoundsOfIf(activation, std::get<IfItem>(item.node), rounds);
  active_.pop_back();
  touched_.resize(mark);  // what decides the shape is known without applying anything
  rounds.state = done ? State::kDone : speculating() ? State::kNew : State::kFailed;
  return done ? rounds.activations : kNoRounds;
}

bool Interpreter::RoundsOfFor(Activation* activation, const ForItem& item, Rounds& rounds) {
  Value over = EvalIn(item.over, item.frame_size, activation);
  if (failed_) return false;
  if (IsPending(over)) {
    Fail(Diag::kNotConstant, model_.exprs[item.over].span,
         {"what `for` goes over", "it decides which instances there are"});
    return false;
  }
  auto round = [&](Value first, const Value& element) {
    Activation* made = NewActivation(item.body, activation, activation->owner);
    auto set = [&](ItemId id, Value value) {
      Memo& memo = StateOf(made, id).memo;
      memo.state = Memo::State::kDone;
      memo.epoch = epoch_;
      memo.value = std::move(value);
    };
    set(item.first, item.second ? std::move(first) : element);
    if (item.second) set(*item.second, element);
    rounds.activations.push_back(made);
  };
  if (over.is(ValueKind::kRecord)) {
    for (const auto& [name, value] : over.AsRecord()) round(Value::String(name.text()), value);
  } else if (!over.is(ValueKind::kList)) {
    Fail(Diag::kNoSuchOperation, model_.exprs[item.over].span,
         {fmt::format("`for` cannot go over {}", KindName(over))});
  } else {
    auto items = over.AsList();
    for (size_t i = 0; i < items.size(); ++i) round(Value::Int(static_cast<int64_t>(i)), items[i]);
  }
  return !failed_;
}

bool Interpreter::RoundsOfIf(Activation* activation, const IfItem& item, Rounds& rounds) {
  Value condition = EvalIn(item.condition, item.frame_size, activation);
  if (failed_) return false;
  if (IsPending(condition)) {
    Fail(Diag::kNotConstant, model_.exprs[item.condition].span,
         {"the condition", "it decides which instances there are"});
    return false;
  }
  ScopeId taken = condition.AsBool() ? item.then : item.otherwise;
  if (!IsNone(taken)) {
    rounds.activations.push_back(NewActivation(taken, activation, activation->owner));
  }
  return true;
}

}  // namespace opsc::eval
