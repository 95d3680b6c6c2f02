#include "compiler/driver/kube/render.h"

#include <fmt/format.h>

#include <array>

namespace opsc {
namespace {

Value WithoutNulls(const Value& value) {
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) items.push_back(WithoutNulls(item));
    return Value::List(std::move(items));
  }
  if (!value.is(ValueKind::kRecord)) return value;
  std::vector<Field> fields;
  for (const auto& [name, field] : value.AsRecord()) {
    if (!field.is_null()) fields.emplace_back(name, WithoutNulls(field));
  }
  return Value::Record(std::move(fields));
}

}  // namespace

Result<Value> ManifestOf(const Node& node) {
  if (node.fields.has_pending()) {
    return Fail(ErrorKind::kInput,
                fmt::format("`{}` has fields that are known only after apply", node.address),
                "render the others: name them, or give the values as parameters");
  }
  constexpr std::array<std::string_view, 3> kFirst = {"apiVersion", "kind", "metadata"};
  std::vector<Field> fields;
  for (std::string_view name : kFirst) {
    const Value* value = node.fields.Find(name);
    if (value && !value->is_null()) fields.emplace_back(Symbol(name), WithoutNulls(*value));
  }
  for (const auto& [name, value] : node.fields.AsRecord()) {
    bool placed = name.text() == "cluster" || name.text() == kFirst[0] ||
                  name.text() == kFirst[1] || name.text() == kFirst[2];
    if (!placed && !value.is_null()) fields.emplace_back(name, WithoutNulls(value));
  }
  return Value::Record(std::move(fields));
}

}  // namespace opsc
