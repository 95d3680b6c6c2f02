#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/interpreter.h"

namespace opsc::eval::builtin {
namespace {

bool CanBeInstance(const Call& call, std::string_view type) {
  return std::ranges::any_of(call.in.model().types.nominal, [&](const NominalType& nominal) {
    return nominal.is_instantiable && nominal.name.text() == type;
  });
}

}  // namespace

Value All(Call& call) {
  const Value& type = call.args[0];
  if (!type.is(ValueKind::kInstance) || type.AsInstance().type != kTypeAsValue) {
    return BadArgument(call, "`all` takes a type, as in `all(task)`");
  }
  if (!CanBeInstance(call, type.AsInstance().address)) {
    std::string what =
        fmt::format("`all` of a type that heads no instances (`{}`)", type.AsInstance().address);
    return call.in.Fail(Diag::kNotImplemented, call.span, {what});
  }
  std::vector<Instance*> instances;
  if (!call.in.CollectAll(instances)) {
    call.in.FailSilently();  // reported where it stands
    return {};
  }
  std::vector<Value> found;
  for (Instance* instance : instances) {
    if (instance->type->name.text() != type.AsInstance().address) continue;
    call.in.Touch(*instance);
    found.push_back(instance->reference);
  }
  return Value::List(std::move(found));
}

Value ResultOf(Call& call) {
  const Value& of = call.args[0];
  Instance* instance =
      of.is(ValueKind::kInstance) ? call.in.ByAddress(of.AsInstance().address) : nullptr;
  std::string_view type = instance == nullptr ? "" : instance->type->name.text();
  if (type != "task" && type != "action") {
    return BadArgument(call, fmt::format("`result` takes a task or an action, this is {}",
                                         instance == nullptr ? KindName(of) : type));
  }
  call.in.Touch(*instance);
  const Value* known = call.in.KnownOut(instance->address, Symbol("$result"));
  return known != nullptr ? *known : Value::Pending({instance->address});
}

}  // namespace opsc::eval::builtin
