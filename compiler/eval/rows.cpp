#include "compiler/eval/rows.h"

#include <fmt/format.h>

#include "compiler/eval/callee.h"
#include "compiler/kernel/encode.h"
#include "compiler/kernel/lower.h"
#include "compiler/kernel/row_type.h"
#include "compiler/kernel/rule.h"
#include "compiler/model/walk.h"
#include "runtime/value/json.h"

namespace opsc::eval {
namespace {

bool ReadsLocals(const Model& model, ExprId id) {
  if (std::holds_alternative<LocalExpr>(model.exprs[id].node)) return true;
  bool reads = false;
  ForEachChild(model.exprs[id], [&](ExprId child) { reads = reads || ReadsLocals(model, child); });
  return reads;
}

TypeId RowTypeOf(const Model& model, const Instance& instance) {
  for (const InstanceField& field : instance.decl->fields) {
    if (RowRoleOf(model, instance.decl->type, field.name) != RowRole::kType) continue;
    const auto* type = model.types.As<TypeValueType>(model.exprs[field.value].type);
    if (type != nullptr) return type->of;
  }
  return kNone<TypeId>;
}

// The evaluator as lowering sees it: names are read where the function was made.
class ConstantsOf : public kernel::Constants {
 public:
  ConstantsOf(Interpreter& in, const Closure& closure) : in_(in), closure_(closure) {}

  std::optional<Value> Of(ExprId item, FnId fn, const Value& lambda) override {
    if (ReadsLocals(in_.model(), item)) {
      in_.Fail(Diag::kNoRowMeaning, in_.model().exprs[item].span, {"reading a field of this"});
      return std::nullopt;
    }
    const Closure& closure = lambda.is(ValueKind::kFunction) ? ClosureOf(lambda) : closure_;
    Frame frame{nullptr, closure.activation, closure.self};
    if (!IsNone(fn)) {
      frame.activation = in_.FindActivation(closure.activation, in_.model().functions[fn].scope);
      frame.self = {};
    }
    Value value = in_.Eval(item, frame);
    return in_.failed() ? std::nullopt : std::optional(std::move(value));
  }

  std::optional<kernel::LambdaValue> LambdaOf(const Value& function) override {
    if (!function.is(ValueKind::kFunction)) return std::nullopt;
    const Closure& closure = ClosureOf(function);
    if (closure.kind != Closure::Kind::kLambda) return std::nullopt;
    return kernel::LambdaValue{closure.lambda, closure.captured};
  }

  std::optional<kernel::DatasetRef> DatasetOf(const Value& value) override {
    Instance* instance =
        value.is(ValueKind::kInstance) ? in_.ByAddress(value.AsInstance().address) : nullptr;
    TypeId row = instance != nullptr ? RowTypeOf(in_.model(), *instance) : kNone<TypeId>;
    if (IsNone(row)) return std::nullopt;
    return kernel::DatasetRef{instance->address, row};
  }

 private:
  Interpreter& in_;
  const Closure& closure_;
};

// A function as it stands in the graph.
std::optional<std::string> Serialised(const kernel::LowerInputs& inputs, RowRole role,
                                      Diagnostics& diagnostics) {
  if (role == RowRole::kRule) {
    return kernel::LowerRule(inputs, diagnostics).transform(kernel::EncodeRule);
  }
  return kernel::Lower(inputs, diagnostics).transform(kernel::Encode);
}

std::string OnOneLine(std::string_view text) {
  std::string line;
  for (char c : text) {
    bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) line += c;
    if (blank && !line.ends_with(' ')) line += ' ';
  }
  return line;
}

// A function for those who run it: a text, or of `@kernel` { kernel, text: its source }.
Value KernelText(Interpreter& in, const Value& function, RowRole role, const std::string& name,
                 std::string_view column, Span span) {
  if (!function.is(ValueKind::kFunction)) {
    return in.Fail(Diag::kNoRowMeaning, span, {"a function that is known only after apply"});
  }
  const Closure& closure = ClosureOf(function);
  if (closure.kind != Closure::Kind::kLambda) {
    return in.Fail(Diag::kNoRowMeaning, span, {"a function by its name (write `x => f(x)`)"});
  }
  const Model& model = in.model();
  const auto* type = model.types.As<FunctionType>(model.exprs[closure.lambda].type);
  ConstantsOf constants(in, closure);
  BuiltinNames builtins = Builtins();
  kernel::LowerInputs inputs;
  inputs.model = &model;
  inputs.builtins = &builtins;
  inputs.constants = &constants;
  inputs.name = name;
  inputs.lambda = {closure.lambda, closure.captured};
  inputs.row = type->params[0];
  inputs.column = column;
  auto made = Serialised(inputs, role, in.diagnostics());
  if (!made || in.failed()) {
    in.FailSilently();
    return {};
  }
  if (role != RowRole::kKernel) return Value::String(*made);
  std::string text = OnOneLine(in.sources().Text(model.exprs[closure.lambda].span));
  return Value::Record(
      {{Symbol("kernel"), Value::String(*made)}, {Symbol("text"), Value::String(text)}});
}

// The functions in a value by their kernels; all else as it is.
Value FunctionsForKind(Interpreter& in, const InstanceField& field, RowRole role,
                       const Value& value, const std::string& name, std::string_view column) {
  if (value.is(ValueKind::kRecord)) {
    std::vector<Field> fields;
    for (const auto& [key, item] : value.AsRecord()) {
      std::string entry = fmt::format("{}.{}", name, key.text());
      fields.emplace_back(key, FunctionsForKind(in, field, role, item, entry, key.text()));
      if (in.failed()) return {};
    }
    return Value::Record(std::move(fields));
  }
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) {
      items.push_back(FunctionsForKind(in, field, role, item, name, column));
      if (in.failed()) return {};
    }
    return Value::List(std::move(items));
  }
  if (role == RowRole::kKernel && !value.is(ValueKind::kFunction)) return value;
  return KernelText(in, value, role, name, column, field.span);
}

Value SchemaForKind(Interpreter& in, const InstanceField& field) {
  const Model& model = in.model();
  const auto* type = model.types.As<TypeValueType>(model.exprs[field.value].type);
  if (type == nullptr) return {};
  auto schema = kernel::RowSchemaOf(model, type->of);
  if (!schema) return {};
  auto value = FromJson(ToJsonText(*schema));
  return value ? *std::move(value) : Value();
}

// The position of the field with a role in a row type.
std::optional<Symbol> FieldWith(const Model& model, TypeId row, bool FieldRoles::* role) {
  auto schema = kernel::RowSchemaOf(model, row);
  if (!schema) return std::nullopt;
  for (const RowField& field : schema->fields) {
    if (field.roles.*role) return Symbol(field.name);
  }
  return std::nullopt;
}

// "columns" or "expect.few_missing": the function itself, before it becomes a kernel.
std::optional<Value> FunctionAt(Interpreter& in, Instance& instance, std::string_view path) {
  size_t dot = path.find('.');
  auto value = in.Member(instance, Symbol(path.substr(0, dot)), Span{});
  if (!value || dot == path.npos) return value;
  const Value* entry = value->is(ValueKind::kRecord) ? value->Find(path.substr(dot + 1)) : nullptr;
  return entry == nullptr ? std::nullopt : std::optional(*entry);
}

}  // namespace

std::optional<Clocks> ClocksOf(Interpreter& in, const std::string& dataset) {
  Instance* instance = in.ByAddress(dataset);
  TypeId row = instance != nullptr ? RowTypeOf(in.model(), *instance) : kNone<TypeId>;
  if (IsNone(row)) return std::nullopt;
  auto event = FieldWith(in.model(), row, &FieldRoles::event_time);
  auto known = FieldWith(in.model(), row, &FieldRoles::known_at);
  if (!event || !known) return std::nullopt;
  return Clocks{*event, *known};
}

std::optional<Value> RunFunctionOnRow(Interpreter& in, const std::string& address,
                                      const std::string& field, const Value& row,
                                      const RowTables& tables) {
  Instance* instance = in.ByAddress(address);
  auto function = instance != nullptr ? FunctionAt(in, *instance, field) : std::nullopt;
  if (!function || !function->is(ValueKind::kFunction)) return std::nullopt;
  const Closure& closure = ClosureOf(*function);
  if (closure.kind != Closure::Kind::kLambda) return std::nullopt;
  const Model& model = in.model();
  const auto* type = model.types.As<FunctionType>(model.exprs[closure.lambda].type);
  auto clock = FieldWith(model, type->params[0], &FieldRoles::event_time);
  const Value* time = clock ? row.Find(*clock) : nullptr;
  RowAtHand at{time != nullptr && time->is(ValueKind::kTime) ? time->AsInt() : 0, tables};
  in.set_row(&at);
  Callee callee(in, *function, 1, Span{});
  Value result = callee.Call(row);
  in.set_row(nullptr);
  return result;
}

Value RowFieldForKind(Interpreter& in, const Instance& instance, const InstanceField& field,
                      RowRole role, Value value) {
  switch (role) {
    case RowRole::kType:
      return SchemaForKind(in, field);
    case RowRole::kFunction:
    case RowRole::kRule:
    case RowRole::kKernel:
      return FunctionsForKind(in, field, role, value,
                              fmt::format("{}.{}", instance.address, field.name.text()), "value");
    default:
      return value;
  }
}

}  // namespace opsc::eval
