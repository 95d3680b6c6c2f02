#include "compiler/eval/cases.h"

#include <fmt/format.h>

#include "compiler/eval/callee.h"
#include "compiler/eval/nodes.h"

namespace opsc::eval {
namespace {

Span SpanOf(const Interpreter& in, const Instance& instance) {
  return in.model().items[instance.item].span;
}

// A map of constants: `params`, `with`.
std::optional<std::map<std::string, Value>> Constants(Interpreter& in, Instance& instance,
                                                      std::string_view name) {
  auto value = in.Member(instance, Symbol(name), SpanOf(in, instance));
  if (in.failed()) return std::nullopt;
  if (!value || value->has_pending()) {
    std::string path = fmt::format("`{}.{}`", instance.address, name);
    in.Fail(Diag::kNotConstant, SpanOf(in, instance), {path, "it decides what is evaluated"});
    return std::nullopt;
  }
  std::map<std::string, Value> constants;
  if (value->is(ValueKind::kRecord)) {
    for (const auto& [param, given] : value->AsRecord()) constants.emplace(param.str(), given);
  }
  return constants;
}

// The lambda's own conjunct that does not hold, and why.
class Failure {
 public:
  Failure(Interpreter& in, Frame& frame) : in_(in), frame_(frame) {}

  void Report(ExprId id, const std::string& test) {
    const Expr& expr = in_.model().exprs[id];
    const auto* binary = std::get_if<BinaryExpr>(&expr.node);
    if (binary != nullptr && binary->op == BinaryOp::kAnd) {
      Value left = in_.Eval(binary->left, frame_);
      if (in_.failed()) return;
      bool left_holds = left.is(ValueKind::kBool) && left.AsBool();
      return Report(left_holds ? binary->right : binary->left, test);
    }
    std::string source(in_.sources().Text(expr.span));
    in_.Fail(Diag::kTestFailed, expr.span, {fmt::format("test `{}`: `{}` is false", test, source)});
    bool compares = binary != nullptr && binary->op >= BinaryOp::kEq && binary->op <= BinaryOp::kIn;
    if (!compares) return;
    in_.TakeFailure();
    RelateSide(binary->left);
    RelateSide(binary->right);
    in_.FailSilently();
  }

 private:
  void RelateSide(ExprId side) {
    const Expr& expr = in_.model().exprs[side];
    if (std::holds_alternative<ConstExpr>(expr.node)) return;
    Diagnostics ignored;
    Value value;
    {
      Diagnostics* before = in_.Redirect(&ignored);
      value = in_.Eval(side, frame_);
      in_.Redirect(before);
    }
    if (!in_.TakeFailure()) in_.Relate(expr.span, "this is " + ToText(value));
  }

  Interpreter& in_;
  Frame& frame_;
};

}  // namespace

std::optional<EnvironmentCase> MakeEnvironment(Interpreter& in, Instance& instance) {
  auto params = Constants(in, instance, "params");
  if (!params) return std::nullopt;
  EnvironmentCase made{instance.address, *std::move(params), false, SpanOf(in, instance)};
  auto protect = in.Member(instance, Symbol("protect"), made.span);
  if (in.failed()) return std::nullopt;
  made.protect = protect && protect->is(ValueKind::kBool) && protect->AsBool();
  return made;
}

std::optional<TestCase> MakeTest(Interpreter& in, Instance& instance) {
  auto with = Constants(in, instance, "with");
  if (!with) return std::nullopt;
  return TestCase{instance.address, *std::move(with), SpanOf(in, instance)};
}

std::optional<PipelineCase> MakePipeline(Interpreter& in, Instance& instance) {
  PipelineCase made{instance.address, {}, {}, SpanOf(in, instance)};
  std::vector<Field> fields;
  std::vector<Instance*> goals;
  for (const InstanceField& field : instance.decl->fields) {
    auto value = in.Member(instance, field.name, field.span);
    if (in.failed()) return std::nullopt;
    if (field.name.text() == "goals") {
      if (IsPending(*value)) {
        in.Fail(Diag::kNotConstant, field.span, {"`goals`", "it decides what the pipeline does"});
        return std::nullopt;
      }
      AddGoals(in, *value, goals);
    } else {
      fields.emplace_back(field.name, *std::move(value));
    }
  }
  for (const Instance* goal : goals) made.goals.push_back(goal->address);
  made.fields = Value::Record(std::move(fields));
  return made;
}

bool RunTestCase(Interpreter& in, Instance& test) {
  Span span = SpanOf(in, test);
  auto expect = in.Member(test, Symbol("expect"), span);
  if (in.failed() || !expect || !expect->is(ValueKind::kFunction)) return false;
  InstanceRep root;
  root.address = in.model().modules[0].path;
  root.type = kModuleAsValue;
  Callee callee(in, *expect, 1, span);
  Value holds = callee.Call(Value::Instance(std::move(root)));
  if (in.failed()) return false;
  if (holds.is(ValueKind::kBool) && holds.AsBool()) return true;
  if (!holds.is(ValueKind::kBool)) {
    std::string text =
        fmt::format("test `{}`: what it expects is known only after apply", test.address);
    in.Fail(Diag::kTestFailed, span, {text});
    return false;
  }
  const Closure& closure = ClosureOf(*expect);
  if (closure.kind != Closure::Kind::kLambda) {
    in.Fail(Diag::kTestFailed, span, {fmt::format("test `{}` does not hold", test.address)});
    return false;
  }
  Frame frame{callee.frame().data(), closure.activation, closure.self};
  const auto& lambda = std::get<LambdaExpr>(in.model().exprs[closure.lambda].node);
  Failure(in, frame).Report(lambda.body, test.address);
  return false;
}

}  // namespace opsc::eval
