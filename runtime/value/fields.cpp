#include "runtime/value/fields.h"

#include <algorithm>

namespace opsc {

Value FieldOf(const Value& record, std::string_view name) {
  const Value* found = record.is(ValueKind::kRecord) ? record.Find(name) : nullptr;
  return found == nullptr ? Value() : *found;
}

std::string TextField(const Value& record, std::string_view name, std::string_view fallback) {
  const Value value = FieldOf(record, name);
  return std::string(value.is(ValueKind::kString) ? value.AsString() : fallback);
}

int64_t NumberField(const Value& record, std::string_view name, int64_t fallback) {
  const Value value = FieldOf(record, name);
  switch (value.kind()) {
    case ValueKind::kInt:
    case ValueKind::kDuration:
    case ValueKind::kSize:
      return value.AsInt();
    default:
      return fallback;
  }
}

bool BoolField(const Value& record, std::string_view name, bool fallback) {
  const Value value = FieldOf(record, name);
  return value.is(ValueKind::kBool) ? value.AsBool() : fallback;
}

Value WithField(const Value& record, std::string_view name, Value value) {
  std::vector<Field> fields;
  if (record.is(ValueKind::kRecord)) {
    fields.assign(record.AsRecord().begin(), record.AsRecord().end());
  }
  const Symbol symbol(name);
  const auto old = std::ranges::find(fields, symbol, &Field::first);
  if (old != fields.end()) {
    old->second = std::move(value);
  } else {
    fields.emplace_back(symbol, std::move(value));
  }
  return Value::Record(std::move(fields));
}

}  // namespace opsc
