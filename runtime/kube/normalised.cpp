#include "runtime/kube/normalised.h"

#include "runtime/graph/diff.h"
#include "runtime/graph/field_path.h"

namespace opsc {
namespace {

Value Walk(const Value& recorded, const Value& seen, const Value& normalised, FieldPath& path) {
  if (recorded.is(ValueKind::kRecord) && seen.is(ValueKind::kRecord)) {
    std::vector<Field> fields;
    for (const auto& [name, value] : seen.AsRecord()) {
      FieldPath::Step step(path, name.text());
      const Value* own = recorded.Find(name);
      fields.emplace_back(name, own == nullptr ? value : Walk(*own, value, normalised, path));
    }
    return Value::Record(std::move(fields));
  }
  if (recorded.is(ValueKind::kList) && seen.is(ValueKind::kList) &&
      recorded.AsList().size() == seen.AsList().size()) {
    std::vector<Value> items;
    for (size_t i = 0; i < seen.AsList().size(); ++i) {
      FieldPath::Step step(path, i);
      items.push_back(Walk(recorded.AsList()[i], seen.AsList()[i], normalised, path));
    }
    return Value::List(std::move(items));
  }
  const Value* known = normalised.Find(path.text());
  return known != nullptr && *known == seen ? recorded : seen;
}

}  // namespace

Value NormalisedBy(const Value& sent, const Value& seen) {
  std::vector<Field> fields;
  for (FieldDiff& field : DiffFields(sent, seen, {})) {
    if (!field.secret) fields.emplace_back(Symbol(field.path), std::move(field.after));
  }
  return Value::Record(std::move(fields));
}

Value Denormalise(const Value& recorded, const Value& seen, const Value& normalised) {
  if (!normalised.is(ValueKind::kRecord) || normalised.AsRecord().empty()) return seen;
  FieldPath path;
  return Walk(recorded, seen, normalised, path);
}

}  // namespace opsc
