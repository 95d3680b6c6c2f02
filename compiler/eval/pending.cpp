#include "compiler/eval/pending.h"

namespace opsc::eval {

void AddWaits(const Value& value, std::vector<std::string>& waits) {
  if (!value.has_pending()) return;
  switch (value.kind()) {
    case ValueKind::kPending: {
      const auto& own = value.AsPending().waits_for;
      waits.insert(waits.end(), own.begin(), own.end());
      break;
    }
    case ValueKind::kList:
      for (const Value& item : value.AsList()) AddWaits(item, waits);
      break;
    case ValueKind::kRecord:
      for (const auto& [name, field] : value.AsRecord()) AddWaits(field, waits);
      break;
    case ValueKind::kTemplate:
      for (const Value& hole : value.AsTemplate().holes) AddWaits(hole, waits);
      break;
    default:
      break;
  }
}

Value PendingOn(std::span<const Value> values) {
  std::vector<std::string> waits;
  bool secret = false;
  for (const Value& value : values) {
    AddWaits(value, waits);
    secret = secret || value.has_secret();
  }
  Value pending = Value::Pending(std::move(waits));
  return secret ? pending.WithSecret() : pending;
}

}  // namespace opsc::eval
