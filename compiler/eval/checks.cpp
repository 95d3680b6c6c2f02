#include "compiler/eval/checks.h"

#include <fmt/format.h>

#include "compiler/eval/callee.h"
#include "compiler/eval/nodes.h"

namespace opsc::eval {
namespace {

void FindAsserts(Interpreter& in, Activation* activation, std::vector<OpenCheck>& out) {
  const Model& model = in.model();
  for (ItemId id : model.scopes[activation->scope].items) {
    const ItemNode& node = model.items[id].node;
    if (std::holds_alternative<AssertItem>(node)) {
      out.push_back(OpenCheck{activation, id, nullptr, nullptr});
    } else if (std::holds_alternative<ForItem>(node) || std::holds_alternative<IfItem>(node)) {
      for (Activation* round : in.Expand(activation, id)) FindAsserts(in, round, out);
      in.TakeFailure();  // was reported when the instances were made
    } else if (std::holds_alternative<InstanceItem>(node)) {
      Instance* made = in.StateOf(activation, id).instance;
      if (made != nullptr && made->kind == InstanceKind::kComponent) {
        FindAsserts(in, in.BodyOf(*made), out);
      }
    }
  }
}

std::string MessageText(const Value& message) {
  bool plain = message.is(ValueKind::kString) && !message.has_secret();
  return plain ? std::string(message.AsString()) : ToText(message);
}

Verdict FromCondition(const Value& condition) {
  Verdict verdict;
  if (!condition.is(ValueKind::kBool)) {
    verdict.state = Verdict::State::kPending;
    AddWaits(condition, verdict.waits);
  } else if (!condition.AsBool()) {
    verdict.state = Verdict::State::kBroken;
  }
  return verdict;
}

std::optional<Verdict> DecideAssert(Interpreter& in, const OpenCheck& check) {
  const auto& item = std::get<AssertItem>(in.model().items[check.assertion].node);
  Value condition = in.EvalIn(item.condition, item.frame_size, check.activation);
  if (in.failed()) return std::nullopt;
  Verdict verdict = FromCondition(condition);
  if (verdict.state == Verdict::State::kHolds) return verdict;
  Value message = in.EvalIn(item.message, item.frame_size, check.activation);
  if (in.failed()) return std::nullopt;
  verdict.message = MessageText(message);
  return verdict;
}

Value PolicyField(Interpreter& in, Instance& policy, std::string_view name) {
  auto value = in.Member(policy, Symbol(name), in.model().items[policy.item].span);
  return value.value_or(Value());
}

std::optional<Verdict> DecidePolicy(Interpreter& in, const OpenCheck& check) {
  Span span = in.model().items[check.policy->item].span;
  Value require = PolicyField(in, *check.policy, "require");
  if (in.failed() || !require.is(ValueKind::kFunction)) return std::nullopt;
  Value holds;
  {
    Callee callee(in, require, 1, span);
    holds = callee.Call(check.subject->reference);
  }
  if (in.failed()) return std::nullopt;
  Verdict verdict = FromCondition(holds);
  if (verdict.state == Verdict::State::kHolds) return verdict;
  Value message = PolicyField(in, *check.policy, "message");
  Value severity = PolicyField(in, *check.policy, "severity");
  if (in.failed()) return std::nullopt;
  verdict.warning = severity.is(ValueKind::kString) && severity.AsString() == "warn";
  verdict.message = fmt::format("{}: {}", check.subject->address, MessageText(message));
  return verdict;
}

void FindPolicy(Interpreter& in, Instance& policy, std::vector<OpenCheck>& out) {
  Value when = PolicyField(in, policy, "when");
  if (in.failed()) return;
  Span span = in.model().items[policy.item].span;
  if (when.has_pending()) {
    in.Fail(Diag::kNotConstant, span, {"`when`", "it decides whether the policy holds"});
    return;
  }
  if (when.is(ValueKind::kBool) && !when.AsBool()) return;
  Value over = PolicyField(in, policy, "over");
  if (in.failed()) return;
  if (IsPending(over)) {
    in.Fail(Diag::kNotConstant, span, {"`over`", "it decides what the policy is about"});
    return;
  }
  std::vector<Instance*> subjects;
  AddGoals(in, over, subjects);
  for (Instance* subject : subjects) {
    out.push_back(OpenCheck{nullptr, kNone<ItemId>, &policy, subject});
  }
}

}  // namespace

std::vector<OpenCheck> FindChecks(Interpreter& in, const std::vector<Instance*>& instances) {
  std::vector<OpenCheck> checks;
  FindAsserts(in, in.root(), checks);
  for (Instance* instance : instances) {
    if (instance->kind == InstanceKind::kPolicy) FindPolicy(in, *instance, checks);
    in.TakeFailure();
  }
  return checks;
}

std::optional<Verdict> Decide(Interpreter& in, const OpenCheck& check) {
  return check.policy != nullptr ? DecidePolicy(in, check) : DecideAssert(in, check);
}

Span SpanOf(const Interpreter& in, const OpenCheck& check) {
  ItemId id = check.policy != nullptr ? check.policy->item : check.assertion;
  return in.model().items[id].span;
}

GraphCheck ToGraphCheck(Interpreter& in, const OpenCheck& check, const Verdict& verdict) {
  GraphCheck made;
  made.address = check.policy != nullptr ? check.policy->address : "assert";
  made.message = verdict.message;
  made.failed = verdict.state == Verdict::State::kBroken;
  made.pending = verdict.state == Verdict::State::kPending;
  made.warning = verdict.warning;
  made.origin = in.Location(SpanOf(in, check));
  return made;
}

}  // namespace opsc::eval
